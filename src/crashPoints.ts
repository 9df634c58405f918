// Named steps at which a test may end the process, to prove that no step is one at which money can be lost. They
// exist only under TEST_CRASH_POINT_FILE: without it nobody hands `passes` to the code that would call it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export type CrashPoint =
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
export type PassCrashPoint = (point: CrashPoint) => void;

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
 * at the passage that it names, the process renames it to `<file>.reached` with its pid inside, and signals itself.
 */
export function crashPointsOf(file: string): { readonly passes?: PassCrashPoint } {
  if (file === '') return {};
  let counted = { arming: 0, passages: 0 };
  return {
    passes: (point) => {
      const armed = readArming(file);
      if (armed?.point !== point) return;
      if (armed.arming !== counted.arming) counted = { arming: armed.arming, passages: 0 };
      counted.passages += 1;
      if (counted.passages !== armed.passage) return;
      // Written before it is renamed, so that who sees the new name can read who got there.
      writeFileSync(file, String(process.pid));
      renameSync(file, `${file}.reached`);
      process.kill(process.pid, armed.signal);
    },
  };
}

function readArming(file: string): Arming | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text) as Arming;
}
