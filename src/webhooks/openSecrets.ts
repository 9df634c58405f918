// Opens the stored secrets of an endpoint, to sign with them. The drain, the retries and the test of an
// endpoint sign with what it returns.
//
// Invariant: the newest secret signs always. An older one is left out if its key is lost, because a rotation
// must help at once.
import { parseSecret, type SigningSecret } from './signature.ts';
import { type SecretBox, SecretBoxError } from './secretBox.ts';

export type OpenSecrets = (endpointId: string, boxes: readonly Buffer[]) => readonly SigningSecret[];

/** `boxes` are the valid ones, the newest first. Throws if there is none, and SecretBoxError. */
export function createOpenSecrets(box: SecretBox): OpenSecrets {
  const opened = (one: Buffer, endpointId: string) => parseSecret(box.open(one, endpointId));
  return (endpointId, [newest, ...older]) => {
    if (newest === undefined)
      throw new Error(`webhook endpoint ${endpointId} has no valid secret: rotate it`);
    return [
      opened(newest, endpointId),
      ...older.flatMap((one): readonly SigningSecret[] => {
        try {
          return [opened(one, endpointId)];
        } catch (error) {
          if (error instanceof SecretBoxError) return [];
          throw error;
        }
      }),
    ];
  };
}
