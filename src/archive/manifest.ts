// The manifest of an archived segment: a JSON file beside the file of its events. It says what the file must
// hold, and it holds the SHA-256 of the manifest before. So a manifest that was lost or changed shows.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isColumnKind, type ColumnKind } from './columns.ts';

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);
const positionText = z.string().regex(/^[1-9][0-9]{0,18}$/);

const manifestShape = z.object({
  form: z.literal(1),
  segment: z.int().min(1),
  from: positionText,
  /** Not included. */
  to: positionText,
  events: z.int().min(1),
  checksum: sha256Text,
  occurredFrom: z.string(),
  occurredTo: z.string(),
  columns: z.array(
    z.object({ name: z.string(), kind: z.custom<ColumnKind>(isColumnKind, 'an unknown kind of column') }),
  ),
  file: z.object({ name: z.string(), bytes: z.int().min(1), sha256: sha256Text }),
  /** SHA-256 of the manifest of the segment before. Null for the first one. */
  previous: sha256Text.nullable(),
});

export type Manifest = Readonly<z.infer<typeof manifestShape>>;

/** The archive holds something else than it should. Trying again changes nothing. */
export class ArchiveDamagedError extends Error {
  override readonly name = 'ArchiveDamagedError';
}

const folderOf = (segment: number) => `segment-${String(segment).padStart(6, '0')}`;
export const manifestNameOf = (segment: number) => `${folderOf(segment)}/manifest.json`;
export const eventFileNameOf = (segment: number) => `${folderOf(segment)}/events.parquet`;

export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Throws an ArchiveDamagedError if the text is no manifest. */
export function readManifest(name: string, text: string): Manifest {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new ArchiveDamagedError(`${name} is no JSON`, { cause: error });
  }
  const { data, error } = manifestShape.safeParse(given);
  if (data === undefined) throw new ArchiveDamagedError(`${name} is no manifest: ${z.prettifyError(error)}`);
  return data;
}

export function sha256Of(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
