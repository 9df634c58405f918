// Named steps at which a test may end the process, to prove that no step is one at which money can be lost. They
// exist only under TEST_CRASH_POINT_FILE: without it nobody hands `passes` to the code that would call it.
import { readFileSync, renameSync } from 'node:fs';

export type FailpointName =
  | 'beforeLock'
  | 'afterLock'
  | 'beforeAppend'
  | 'appendSent'
  | 'afterAppend'
  | 'beforeAnswer'
  | 'afterRead'
  | 'afterElasticsearch'
  | 'afterLedgerInsert'
  | 'beforeCheckpoint'
  | 'afterCheckpoint';

/** Called at each step. Returns, unless this is the passage that the test asked for. */
export type ReachFailpoint = (point: FailpointName) => void;

/** What a test writes to the file. */
interface Arming {
  readonly point: string;
  /** The how manieth passage is struck; 1 is the next. */
  readonly passage: number;
  /** SIGSTOP instead of SIGKILL: the process holds what it has and goes on when the test lets it. */
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** Another number for each arming, so that passages are counted from there. */
  readonly arming: number;
}

/**
 * What the composition roots hand to the steps: with no file nothing at all. With one, each passage looks into it;
 * at the passage that it names, the process renames it to `<file>.reached` and signals itself.
 */
export function failpointsOf(file: string): { readonly failpoint?: ReachFailpoint } {
  if (file === '') return {};
  let counted = { arming: 0, passages: 0 };
  return {
    failpoint: (point) => {
      const armed = readArming(file);
      if (armed?.point !== point) return;
      if (armed.arming !== counted.arming) counted = { arming: armed.arming, passages: 0 };
      counted.passages += 1;
      if (counted.passages !== armed.passage) return;
      // One process has one file, so its new name says who got there.
      const isStruck = unlessMissing(() => {
        renameSync(file, `${file}.reached`);
        return true;
      });
      if (isStruck === true) process.kill(process.pid, armed.signal);
    },
  };
}

function readArming(file: string): Arming | undefined {
  const text = unlessMissing(() => readFileSync(file, 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Arming);
}

/** The test may take the file away at any moment. */
function unlessMissing<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
