// Keeps the files of the archive in a directory. A file is written under another name, synced and renamed. So
// a crash leaves the file of before, or the new one.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArchiveStorage } from './storage.ts';

const writing = '.writing';

export function createDirectoryStorage(url: URL): ArchiveStorage {
  const root = fileURLToPath(url);
  const pathOf = (name: string) => path.join(root, name);
  return {
    place: url.href,
    write: async (name, chunks) => {
      const target = pathOf(name);
      const folder = path.dirname(target);
      await mkdir(folder, { recursive: true });
      await removeAbandoned(target);
      // A name of its own, because an attempt that was given up may still be writing.
      const temporary = `${target}.${randomUUID()}${writing}`;
      const file = await open(temporary, 'wx');
      try {
        for await (const chunk of chunks) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
      await syncFolder(folder);
      await syncFolder(root);
    },
    sizeOf: async (name) => {
      try {
        return (await stat(pathOf(name))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    read: (name) => createReadStream(pathOf(name)),
    readPart: async (name, start, end) => {
      const file = await open(pathOf(name), 'r');
      try {
        const bytes = Buffer.alloc(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error(`${pathOf(name)} ends at ${start + bytesRead}`);
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}

/** Removes the files of earlier attempts. One that still writes fails at its end, and is repeated. */
async function removeAbandoned(target: string): Promise<void> {
  const [folder, name] = [path.dirname(target), path.basename(target)];
  for (const found of await readdir(folder))
    if (found.startsWith(`${name}.`) && found.endsWith(writing))
      await rm(path.join(folder, found), { force: true });
}

/** The new name of a file survives a crash of the machine only then. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
