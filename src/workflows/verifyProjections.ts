// Compares wallet rows, documents, ledger and outbox with the event store and names every difference. An
// operator starts it. With `repair` it also repairs each difference, then compares once more. It reads
// wallets by id, in pages, and then the log by position.
import { activitiesFor } from './activitiesFor.ts';
import {
  addDifferences,
  differencesInWords,
  type FoundDifferences,
  foundDifferencesShape,
} from './recovery/comparison.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

/** Events that one activity compares, in a second or two. */
const eventsPerChunk = 50_000;
/** Sorts after every wallet id. */
const lastWallet = '\u{10FFFF}';

export interface VerifyResult extends FoundDifferences {
  readonly wallets: number;
  readonly events: number;
  /** The differences that the second comparison still found. Null without a second comparison. */
  readonly remaining: FoundDifferences | null;
}

/** How far the comparison has come. Histories store these fields. */
interface Cursor {
  readonly part: 'wallets' | 'log';
  /** True in the second comparison, which follows a repair. */
  readonly isSecond: boolean;
  readonly afterWallet: string;
  readonly afterPosition: number;
  readonly upTo: number;
}

/** Histories store these fields. */
interface Continued {
  readonly place: Cursor;
  readonly result: VerifyResult;
  readonly progress: CarriedProgress;
}

const continuedShape = {
  place: {
    members: { part: 'text', isSecond: 'flag', afterWallet: 'text', afterPosition: 'count', upTo: 'count' },
  },
  result: {
    members: {
      wallets: 'count',
      events: 'count',
      ...foundDifferencesShape.members,
      remaining: { nullable: foundDifferencesShape },
    },
  },
} as const;

export async function verifyProjections(
  argument?: RecoveryArguments['verifyProjections'] | null,
  given?: Continued | null,
): Promise<VerifyResult> {
  const options = { projection: 'all', continued: given, continuedShape, summaryOf } as const;
  return runRecovery(options, async (recovery, continued) => {
    const { repair, walletsPerPage } = readArgument('verifyProjections', argument);
    let cursor = continued?.place ?? (await firstCursor(recovery, false));
    let result = continued?.result ?? {
      wallets: 0,
      events: 0,
      differences: [],
      differencesCount: 0,
      remaining: null,
    };
    for (;;) {
      await recovery.whileNotPaused();
      const page = await comparePage(recovery, walletsPerPage, cursor, repair && !cursor.isSecond);
      result = withPage(result, cursor, page);
      if (page.next !== undefined) cursor = page.next;
      else if (!repair || cursor.isSecond || result.differencesCount === 0) return result;
      else cursor = await firstCursor(recovery, true);
      if (historyIsLong()) {
        const progress = recovery.carried();
        await goOnAsNew<typeof verifyProjections>(argument, { place: cursor, result, progress });
      }
    }
  });
}

async function firstCursor(recovery: Recovery, isSecond: boolean): Promise<Cursor> {
  const upTo = await activitiesFor('readModel', 'read how long the log is').readLogHead();
  recovery.begin(isSecond ? 'wallets and documents again' : 'wallets and documents', upTo);
  return { part: 'wallets', isSecond, afterWallet: '', afterPosition: 0, upTo };
}

interface Page extends FoundDifferences {
  readonly wallets: number;
  readonly events: number;
  /** Undefined after the last page. */
  readonly next: Cursor | undefined;
}

async function comparePage(
  recovery: Recovery,
  walletsMax: number,
  cursor: Cursor,
  repair: boolean,
): Promise<Page> {
  const { afterWallet, afterPosition, upTo, isSecond } = cursor;
  const verb = repair ? 'compare and repair' : 'compare';
  if (cursor.part === 'wallets') {
    const { verifyWallets } = activitiesFor('readModel', `${verb} wallets and documents`);
    const found = await verifyWallets({ after: afterWallet, until: lastWallet, walletsMax, repair });
    recovery.advance(found.events, found.differencesCount);
    if (found.done) recovery.begin(isSecond ? 'ledger and outbox again' : 'ledger and outbox', upTo);
    const next: Cursor = { ...cursor, part: found.done ? 'log' : 'wallets', afterWallet: found.after };
    return { ...found, next };
  }
  const { verifyLog } = activitiesFor('readModel', `${verb} ledger and outbox`);
  const found = await verifyLog({ after: afterPosition, upTo, eventsMax: eventsPerChunk, repair });
  recovery.advance(found.events, found.differencesCount);
  const next = found.done ? undefined : { ...cursor, afterPosition: found.after };
  return { ...found, wallets: 0, events: 0, next };
}

const none: FoundDifferences = { differences: [], differencesCount: 0 };

function withPage(result: VerifyResult, { isSecond }: Cursor, page: Page): VerifyResult {
  // The second comparison changes nothing but `remaining`.
  if (isSecond) return { ...result, remaining: addDifferences(result.remaining ?? none, page) };
  return {
    ...result,
    ...addDifferences(result, page),
    wallets: result.wallets + page.wallets,
    events: result.events + page.events,
  };
}

function summaryOf(result: VerifyResult): string {
  const { wallets, events, differencesCount, remaining } = result;
  const compared = `Compared ${wallets} wallets and ${events} events.`;
  if (differencesCount === 0) return `${compared} Nothing differs.`;
  const left =
    remaining === null || remaining.differencesCount === 0 ? '' : `: ${differencesInWords(remaining)}`;
  const repaired =
    remaining === null ? '' : ` Repaired; the second comparison found ${remaining.differencesCount}${left}.`;
  return `${compared} ${differencesCount} differences: ${differencesInWords(result)}.${repaired}`;
}
