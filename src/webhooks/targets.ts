// The targets of the endpoints in the fast lane, with their secrets. A drain reads all endpoints again at
// each run, and decrypting the secrets of a thousand takes 16 to 45 ms of the event loop. So an opened
// secret is kept for as long as its box is the same.
import type { Target } from './delivery.ts';
import type { LaneRow } from './laneReader.ts';
import type { SigningSecret } from './signature.ts';

type Source = Pick<LaneRow, 'id' | 'tenant' | 'url' | 'boxes'>;

export interface Targets {
  /** Throws if no secret of the endpoint can be opened. */
  readonly of: (row: Source) => Target;
  /** Forgets the secrets of all other endpoints. */
  readonly keepOnly: (ids: ReadonlySet<string>) => void;
}

interface Opened {
  readonly boxes: readonly Buffer[];
  readonly secrets: readonly SigningSecret[];
}

export function createTargets(
  openSecrets: (endpointId: string, boxes: readonly Buffer[]) => readonly SigningSecret[],
): Targets {
  const opened = new Map<string, Opened>();
  return {
    of: ({ id, tenant, url, boxes }) => {
      const known = opened.get(id);
      if (known !== undefined && isSame(known.boxes, boxes)) return { tenant, url, secrets: known.secrets };
      const secrets = openSecrets(id, boxes);
      opened.set(id, { boxes, secrets });
      return { tenant, url, secrets };
    },
    keepOnly: (ids) => {
      for (const id of opened.keys()) if (!ids.has(id)) opened.delete(id);
    },
  };
}

function isSame(boxes: readonly Buffer[], others: readonly Buffer[]): boolean {
  return boxes.length === others.length && boxes.every((box, at) => others[at]?.equals(box) === true);
}
