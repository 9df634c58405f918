// Failpoints are named steps at which a test may end or stop the process. The tests prove that money is lost
// at none of them. The code gets `failpoint` only if TEST_CRASH_POINT_FILE is set; without it, a step costs
// one check for undefined.
import { readFileSync, renameSync } from 'node:fs';

export type FailpointName =
  | 'beforeLock'
  | 'afterLock'
  | 'beforeAppend'
  | 'appendSent'
  | 'afterAppend'
  | 'beforeAnswer'
  | 'afterRead'
  | 'afterPageWritten'
  | 'afterElasticsearch'
  | 'afterLedgerInsert'
  | 'beforeCheckpoint'
  | 'afterCheckpoint'
  | 'afterDuePage'
  | 'afterDueEnded'
  | 'beforeWebhookCursors'
  | 'afterWebhookRetried'
  | 'afterLogBounds'
  | 'afterLogBoundsChecked'
  | 'afterLedgerBounds'
  | 'afterLedgerBoundsChecked'
  | 'afterLedgerConverted'
  | 'afterLogConverted'
  | 'afterSegmentsMade'
  | 'afterFirstGenerationChecked'
  | 'afterRecordsPartitioned'
  | 'afterGenerationMade'
  | 'afterGenerationSwitched'
  | 'afterGenerationDropped'
  | 'afterSegmentSealed'
  | 'afterArchiveFileWritten'
  | 'afterManifestWritten'
  | 'afterSegmentExported'
  | 'afterSegmentVerified'
  | 'afterOpeningStateMoved'
  | 'afterSegmentDetached'
  | 'afterSegmentDropped'
  | 'afterRestorePage'
  | 'afterSegmentRestored'
  | 'afterLedgerRestorePage'
  | 'afterLedgerRestored';

/** Called at each step. Returns, unless the test asked for this step and this passage. */
export type ReachFailpoint = (point: FailpointName) => void;

/** The content of the file, which a test writes. */
interface Arming {
  readonly point: string;
  /** How many passages from now the signal is sent. 1 means at the next passage. */
  readonly passage: number;
  /**
   * SIGSTOP instead of SIGKILL: the process keeps its locks and connections and goes on when the test
   * continues it.
   */
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** A new number for each arming, so that passages are counted from that arming on. */
  readonly arming: number;
}

/**
 * The dependency that the composition roots give to the steps: nothing without a file. With a file, each
 * passage reads it. At the passage that it names, the process renames the file to `<file>.reached` and sends
 * itself the signal.
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
      // Each process has a file of its own, so the new name tells which process reached the step.
      const isOurs = unlessMissing(() => {
        renameSync(file, `${file}.reached`);
        return true;
      });
      if (isOurs === true) process.kill(process.pid, armed.signal);
    },
  };
}

function readArming(file: string): Arming | undefined {
  const text = unlessMissing(() => readFileSync(file, 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Arming);
}

/** Undefined if the file is missing: the test may remove it at any moment. */
function unlessMissing<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
