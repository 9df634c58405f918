// Makes, keeps and removes the data folder of one test run. The folder lies in memory if this machine has
// room there. On a disk each commit waits for the disk, and so does each copy of a database.
// Invariant: `varDir` is the folder or a link to it, so `varDir` is enough to remove both.
import { cp, mkdir, mkdtemp, readlink, rm, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';

const memoryDisk = '/dev/shm';
/** A run needs less than a quarter of it. */
const freeMinBytes = 4 * 2 ** 30;
/** The processes of a run need the rest. */
const memoryMinBytes = 2 * freeMinBytes;

/** Gives the path of the folder. */
export async function makeTestFolder(varDir: string): Promise<string> {
  if (!(await memoryHasRoom())) {
    await mkdir(varDir, { recursive: true });
    return varDir;
  }
  await mkdir(path.dirname(varDir), { recursive: true });
  const folder = await mkdtemp(path.join(memoryDisk, 'wallet-test-'));
  await symlink(folder, varDir);
  return folder;
}

export async function removeTestFolder(varDir: string): Promise<void> {
  const folder = await linkedFolder(varDir);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await rm(varDir, { recursive: true, force: true });
}

/** Moves the folder from memory to the disk, because the data of a failed run may stay for long. */
export async function keepTestFolder(varDir: string): Promise<void> {
  const folder = await linkedFolder(varDir);
  if (folder === undefined) return;
  await rm(varDir);
  await cp(folder, varDir, { recursive: true });
  await rm(folder, { recursive: true, force: true });
}

async function memoryHasRoom(): Promise<boolean> {
  if (process.availableMemory() < memoryMinBytes) return false;
  // Other systems than Linux have no such folder.
  const disk = await statfs(memoryDisk).catch(() => undefined);
  return disk !== undefined && disk.bavail * disk.bsize >= freeMinBytes;
}

/** Undefined if the folder lies on the disk, or is not there. */
async function linkedFolder(varDir: string): Promise<string | undefined> {
  return readlink(varDir).catch(() => undefined);
}
