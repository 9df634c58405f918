// Sets the clock of PostgreSQL, the API and the worker ahead while they run, all by the same shift.
// PostgreSQL gets it by a small library (shiftedClock.c), and a process of Node.js by the module of the fault
// bench. Monotonic clocks stay right, as on a machine whose clock is set. Redis, Elasticsearch and Temporal
// keep the true time.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { StackError } from '../../stack/part.ts';
import { type Environment, root } from '../../stack/paths.ts';

const seenWithinMs = 30_000;
const seenPollMs = 5;

export interface SetClock {
  readonly postgresEnvironment: Environment;
  /** The modules and settings with which a process of Node.js starts. `name` is its own. */
  readonly processOf: (name: string) => {
    readonly preloads: readonly URL[];
    readonly settings: Readonly<Record<string, string>>;
  };
  /** Resolves once PostgreSQL and these processes believe in the new time. */
  readonly setAhead: (shiftMs: number, processes: Readonly<Record<string, number>>) => Promise<void>;
  readonly close: () => void;
}

/** Throws StackError if this machine can't make the library. */
export function createSetClock(): SetClock {
  const folder = mkdtempSync(path.join(tmpdir(), 'wallet-clock-'));
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o755);
  const shiftFile = path.join(folder, 'postgres');
  writeFileSync(shiftFile, Buffer.alloc(8));
  const library = compile(folder);
  const fileOf = (name: string) => path.join(folder, name);
  return {
    postgresEnvironment: { LD_PRELOAD: library, CLOCK_SHIFT_FILE: shiftFile },
    processOf: (name) => ({
      preloads: [pathToFileURL(path.join(root, 'test/faults/shiftedClock.ts'))],
      settings: { TEST_CLOCK_FILE: fileOf(name) },
    }),
    setAhead: async (shiftMs, processes) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(shiftMs));
      // In place, because PostgreSQL has mapped this file.
      const file = await open(shiftFile, 'r+');
      await file.write(bytes, 0, bytes.length, 0);
      await file.close();
      for (const [name, pid] of Object.entries(processes)) {
        rmSync(`${fileOf(name)}.seen`, { force: true });
        writeFileSync(fileOf(name), String(shiftMs));
        process.kill(pid, 'SIGWINCH');
      }
      const deadline = performance.now() + seenWithinMs;
      for (const name of Object.keys(processes))
        while (!existsSync(`${fileOf(name)}.seen`)) {
          if (performance.now() > deadline) throw new Error(`the ${name} did not set its clock`);
          await pause(seenPollMs);
        }
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function compile(folder: string): string {
  const library = path.join(folder, 'shiftedClock.so');
  const source = path.join(root, 'bench/year/shiftedClock.c');
  const advice = 'the year needs Linux and a C compiler named cc, to set the clock of its PostgreSQL';
  if (process.platform !== 'linux') throw new StackError(advice);
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'], { stdio: 'pipe' });
  } catch (error) {
    throw new StackError(`${advice}: ${error instanceof Error ? error.message : String(error)}`);
  }
  chmodSync(library, 0o755);
  return library;
}
