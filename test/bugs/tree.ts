// Copies of the code into which bugs are planted. The working tree is never touched, so edits during a run
// and a run that is stopped half-way lose nothing.
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../stack/paths.ts';
import { plantIn, type PlantedBug } from './plantedBug.ts';

/** The files that tests import or read. */
const copied = [
  ...['src', 'server', 'worker', 'stack', 'cli', 'harness', 'test', 'bench', 'console', 'observability'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts', 'LICENSE'],
];

export interface Tree {
  readonly dir: string;
  /**
   * Runs `work` with the bug in the code. Undefined if the bug no longer fits the code; then nothing runs.
   */
  readonly withBug: <T>(bug: PlantedBug, work: () => Promise<T>) => Promise<T | undefined>;
}

/** A fresh copy in `dir`. */
export async function copyTree(dir: string): Promise<Tree> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const name of copied) await cp(path.join(root, name), path.join(dir, name), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  return {
    dir,
    async withBug(bug, work) {
      const file = path.join(dir, bug.file);
      const healthy = await readFile(file, 'utf8');
      const sick = plantIn(healthy, bug);
      if (sick === undefined) return undefined;
      await writeFile(file, sick);
      try {
        return await work();
      } finally {
        await writeFile(file, healthy);
      }
    },
  };
}
