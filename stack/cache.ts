// Keeps obtained programs once per version for all clones. Invariant: a folder in the cache is complete or
// absent. Each is built under a temporary name and then renamed, so two clones can obtain the same program at
// once.
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const BUILDING = '.building-';
const ABANDONED_AFTER_MS = 24 * 3_600_000;

export async function isCached(cacheDir: string, key: string): Promise<boolean> {
  return stat(path.join(cacheDir, key)).then(
    () => true,
    () => false,
  );
}

/** The folder for `key`. `build` fills it if it is not there yet. */
export async function obtain(
  cacheDir: string,
  key: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const target = path.join(cacheDir, key);
  if (await isCached(cacheDir, key)) return target;
  await mkdir(cacheDir, { recursive: true });
  await removeAbandoned(cacheDir);
  const building = await mkdtemp(path.join(cacheDir, `${BUILDING}${key}-`));
  try {
    await build(building);
    await chmod(building, 0o755);
    await rename(building, target);
  } catch (error) {
    // Another clone finished first. Its folder is complete, so it is used.
    if (!isTaken(error)) throw error;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return target;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(BUILDING)) continue;
    const folder = path.join(cacheDir, name);
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
