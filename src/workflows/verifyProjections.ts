// Compares wallet rows, documents, ledger and outbox with the event store and names every difference. An
// operator starts it. First it checks the log itself and waits for the projections. With `repair` it also
// repairs each difference, then compares once more. It reads wallets by id, in pages, and then the log by
// position. Invariant: a log that lost events repairs nothing, because what is ahead of it may be their only
// trace.
import { patched } from '@temporalio/workflow';
import { activitiesFor } from './activitiesFor.ts';
import {
  addDifferences,
  differencesInWords,
  type FoundDifferences,
  foundDifferencesShape,
} from './recovery/comparison.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { workflowTimeMs } from './recovery/workflowTime.ts';
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
  /** What the verification vouches for. Results of older runs have none. */
  readonly coverage?: Coverage;
}

/** How much of the log was compared, and what was not. */
interface Coverage {
  /** The log's last position when the verification began. */
  readonly head: number;
  /** Every event up to here was compared, except the parked and the skipped ones. */
  readonly comparedTo: number;
  readonly parked: number;
  readonly skipped: number;
  /** Records of accepted commands whose events were looked up. */
  readonly records: number;
  /** True if nothing was left out but what an operator skipped. */
  readonly complete: boolean;
  /** True if the log lacks events. Then nothing was repaired. */
  readonly logIsBroken: boolean;
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

/** These names are stored in histories. */
const sumsPatch = 'verification compares the sums of the ledger';
const coveragePatch = 'verification vouches for what it compared';

export async function verifyProjections(
  argument?: RecoveryArguments['verifyProjections'] | null,
  given?: Continued | null,
): Promise<VerifyResult> {
  const options = { projection: 'all', continued: given, continuedShape, summaryOf } as const;
  return runRecovery(options, async (recovery, continued) => {
    const { repair: isAsked, walletsPerPage, waitS } = readArgument('verifyProjections', argument);
    let result = continued?.result ?? noResult;
    // A run that an older version began, or continued, goes on as it began.
    if (continued === undefined && patched(coveragePatch)) result = await checkLog(recovery, waitS);
    let cursor = continued?.place ?? (await firstCursor(recovery, false, result.coverage?.head));
    const repair = isAsked && result.coverage?.logIsBroken !== true;
    for (;;) {
      await recovery.whileNotPaused();
      const page = await comparePage(recovery, walletsPerPage, cursor, repair && !cursor.isSecond);
      result = withPage(result, cursor, page);
      if (page.next !== undefined) cursor = page.next;
      else if (!repair || cursor.isSecond || result.differencesCount === 0) return withEnd(result);
      else cursor = await firstCursor(recovery, true);
      if (historyIsLong()) {
        const progress = recovery.carried();
        await goOnAsNew<typeof verifyProjections>(argument, { place: cursor, result, progress });
      }
    }
  });
}

const noResult: VerifyResult = {
  wallets: 0,
  events: 0,
  differences: [],
  differencesCount: 0,
  remaining: null,
};

/** Checks the log and the records of accepted commands, and waits for the projections. */
async function checkLog(recovery: Recovery, waitS: number): Promise<VerifyResult> {
  const head = await activitiesFor('readModel', 'read how long the log is').readLogHead();
  const { comparable, parked, skipped } = await waitForProjections(recovery, head, waitS);
  let found: FoundDifferences = { differences: [], differencesCount: 0 };
  recovery.begin('the log itself', head);
  for (let after = 0; ;) {
    await recovery.whileNotPaused();
    const page = await activitiesFor('readModel', 'check positions').verifyEvents({ after, upTo: head });
    recovery.advance(page.after - after, page.differencesCount);
    found = addDifferences(found, page);
    after = page.after;
    if (page.done) break;
  }
  recovery.begin('records of accepted commands', null, 'records');
  let records = 0;
  for (let after = ''; ;) {
    await recovery.whileNotPaused();
    const page = await activitiesFor('readModel', 'check accepted commands').verifyRecords({ after });
    recovery.advance(page.records, page.differencesCount);
    found = addDifferences(found, page);
    records += page.records;
    after = page.after;
    if (page.done) break;
  }
  const comparedTo = Math.min(comparable, head);
  const logIsBroken = found.differencesCount > 0;
  const coverage = { head, comparedTo, parked, skipped, records, complete: false, logIsBroken };
  return { ...noResult, ...found, coverage };
}

async function waitForProjections(recovery: Recovery, upTo: number, waitS: number) {
  recovery.begin('waiting for the projections', null);
  const endsAtMs = workflowTimeMs() + waitS * 1_000;
  recovery.waitUntil(endsAtMs);
  const { awaitProjections, readUncompared } = activitiesFor('readModel', 'see how far the projections are');
  let found = await readUncompared({ upTo });
  while (found.comparable < upTo && workflowTimeMs() < endsAtMs) {
    await recovery.whileNotPaused();
    found = await awaitProjections({ upTo });
  }
  return found;
}

/** Reads once more how far the projections are, because one may have begun anew meanwhile. */
async function withEnd(result: VerifyResult): Promise<VerifyResult> {
  const { coverage } = result;
  if (coverage === undefined) return result;
  const { readUncompared } = activitiesFor('readModel', 'see how far the projections are');
  const { comparable, parked, skipped } = await readUncompared({ upTo: coverage.head });
  const comparedTo = Math.min(coverage.comparedTo, comparable);
  const complete = comparedTo >= coverage.head && parked === 0;
  return { ...result, coverage: { ...coverage, comparedTo, parked, skipped, complete } };
}

async function firstCursor(recovery: Recovery, isSecond: boolean, head?: number): Promise<Cursor> {
  const upTo = head ?? (await activitiesFor('readModel', 'read how long the log is').readLogHead());
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
  if (!found.done)
    return { ...found, wallets: 0, events: 0, next: { ...cursor, afterPosition: found.after } };
  const all = patched(sumsPatch) ? addDifferences(found, await compareSums(recovery, verb, repair)) : found;
  return { ...all, wallets: 0, events: 0, next: undefined };
}

/** After the postings, because a repair of postings changes the sums. */
async function compareSums(recovery: Recovery, verb: string, repair: boolean): Promise<FoundDifferences> {
  recovery.begin('sums of the ledger', null);
  const found = await activitiesFor('readModel', `${verb} sums of the ledger`).verifyLedgerSums({ repair });
  recovery.advance(0, found.differencesCount);
  return found;
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
  const { wallets, events, differencesCount, remaining, coverage } = result;
  const compared = `Compared ${wallets} wallets and ${events} events.${coverageInWords(coverage)}`;
  if (differencesCount === 0) return `${compared} Nothing differs.`;
  const left =
    remaining === null || remaining.differencesCount === 0 ? '' : `: ${differencesInWords(remaining)}`;
  const repaired =
    remaining === null ? '' : ` Repaired; the second comparison found ${remaining.differencesCount}${left}.`;
  const unrepaired =
    coverage?.logIsBroken === true ? ' Nothing was repaired, because the log itself lacks events.' : '';
  return `${compared} ${differencesCount} differences: ${differencesInWords(result)}.${repaired}${unrepaired}`;
}

function coverageInWords(coverage: Coverage | undefined): string {
  if (coverage === undefined || coverage.complete) return '';
  const { comparedTo, head, parked } = coverage;
  const parkedInWords = parked === 0 ? '' : ` ${parked} parked events were not compared.`;
  return ` This is no complete verification: compared to ${comparedTo} of ${head} events.${parkedInWords}`;
}
