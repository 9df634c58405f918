// The place where the files of the archive lie. A driver writes a file whole or not at all, and reads parts
// of it.
export interface ArchiveStorage {
  /** For people. It holds no secret. */
  readonly place: string;
  /** Replaces the file once all of it is written and safe. */
  readonly write: (name: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Undefined if there is no such file. */
  readonly sizeOf: (name: string) => Promise<number | undefined>;
  /** The whole file, in chunks. */
  readonly read: (name: string) => AsyncIterable<Uint8Array>;
  /** The bytes from `start` up to `end`, which is not included. */
  readonly readPart: (name: string, start: number, end: number) => Promise<Uint8Array>;
}

/** Reads a small file as a text. Undefined if there is none. */
export async function readText(storage: ArchiveStorage, name: string): Promise<string | undefined> {
  if ((await storage.sizeOf(name)) === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.read(name)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
