// `npm run start:dev`: restarts the applications when a source file changes. `node --watch` is no choice: it
// reports each loaded module over the message port of each worker thread. The Temporal worker uses that port
// itself and breaks.
import { watch } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from './part.ts';
import { root } from './paths.ts';
import type { Supervisor } from './supervisor.ts';

const folders = ['src', 'server', 'worker'];
// Editors and checkouts write several files at once.
const SETTLE_MS = 150;

export interface RestartOptions {
  readonly supervisor: Supervisor;
  readonly names: readonly string[];
  /** Runs between stop and start, to apply new migrations. */
  readonly prepare: () => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs until `signal` is aborted. A failed start is reported, and the next change tries again. */
export async function restartOnChange(options: RestartOptions): Promise<void> {
  const { say, signal } = options;
  let changed = '';
  let wake = Promise.withResolvers<undefined>();
  const watching = folders.map(async (folder) => {
    for await (const { filename } of watch(path.join(root, folder), { recursive: true, signal })) {
      if (filename === null || !/\.(ts|sql)$/.test(filename)) continue;
      changed = path.join(folder, filename);
      wake.resolve(undefined);
    }
  });
  const restarting = async () => {
    while (!signal.aborted) {
      await wake.promise;
      await delay(SETTLE_MS, undefined, { signal });
      wake = Promise.withResolvers();
      say(`${changed} changed; restarting the API and the worker …`);
      await restart(options);
    }
  };
  try {
    await Promise.all([...watching, restarting()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function restart({ supervisor, names, prepare, say, signal }: RestartOptions): Promise<void> {
  try {
    await Promise.all(names.map((name) => supervisor.stop(name)));
    await prepare();
    await Promise.all(names.map((name) => supervisor.start(name)));
    say('Restarted.');
  } catch (error) {
    if (signal.aborted || !(error instanceof StackError)) throw error;
    say(`${error.message}\nWaiting for the next change.`);
  }
}
