// Started by an operator: compares wallet rows, documents, ledger and outbox with the event store and names every
// difference; with `repair` it mends them and looks again. In pages: wallets by id, then the log by position.
import { addDifferences, differencesInWords, type FoundDifferences } from './recovery/comparison.ts';
import {
  type CarriedProgress,
  goOnAsNew,
  historyIsLong,
  type Recovery,
  runRecovery,
} from './recovery/runRecovery.ts';
import { recoveryActivities } from './recovery/recoveryActivities.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import { type RecoveryArguments, wholeNumbers } from './recovery/recoveryKinds.ts';

/** One activity's part of the log: a second or two. */
const eventsPerStretch = 50_000;
/** Sorts behind every wallet id. */
const lastWallet = '\u{10FFFF}';

export interface VerifyResult extends FoundDifferences {
  readonly wallets: number;
  readonly events: number;
  /** With `repair`: what the second look still found; null where there was no second look. */
  readonly remaining: FoundDifferences | null;
}

interface Place {
  readonly part: 'wallets' | 'log';
  /** The second look behind a repair. */
  readonly isSecond: boolean;
  readonly afterWallet: string;
  readonly afterPosition: number;
  readonly upTo: number;
}

interface Continued {
  readonly place: Place;
  readonly result: VerifyResult;
  readonly progress: CarriedProgress;
}

export async function verifyProjections(
  argument?: RecoveryArguments['verifyProjections'] | null,
  continued?: Continued,
): Promise<VerifyResult> {
  return runRecovery({ projection: 'all', carried: continued?.progress, inWords }, async (recovery) => {
    const { repair = false, walletsPerPage = wholeNumbers.walletsPerPage.fallback } = readArgument(
      'verifyProjections',
      argument,
    );
    let place = continued?.place ?? (await firstPlace(recovery, false));
    let result = continued?.result ?? {
      wallets: 0,
      events: 0,
      differences: [],
      differencesCount: 0,
      remaining: null,
    };
    for (;;) {
      await recovery.whileNotPaused();
      const page = await comparePage(recovery, walletsPerPage, place, repair && !place.isSecond);
      result = withPage(result, place, page);
      if (page.next !== undefined) place = page.next;
      else if (!repair || place.isSecond || result.differencesCount === 0) return result;
      else place = await firstPlace(recovery, true);
      if (historyIsLong()) {
        const progress = recovery.carried();
        await goOnAsNew<typeof verifyProjections>(argument, { place, result, progress });
      }
    }
  });
}

async function firstPlace(recovery: Recovery, isSecond: boolean): Promise<Place> {
  const upTo = await recoveryActivities('see how long the log is').readLogHead();
  recovery.begin(isSecond ? 'wallets and documents again' : 'wallets and documents', upTo);
  return { part: 'wallets', isSecond, afterWallet: '', afterPosition: 0, upTo };
}

interface Page extends FoundDifferences {
  readonly wallets: number;
  readonly events: number;
  /** Undefined behind the last page. */
  readonly next: Place | undefined;
}

async function comparePage(
  recovery: Recovery,
  walletsMax: number,
  place: Place,
  repair: boolean,
): Promise<Page> {
  const { afterWallet, afterPosition, upTo, isSecond } = place;
  const verb = repair ? 'compare and mend' : 'compare';
  if (place.part === 'wallets') {
    const { verifyWallets } = recoveryActivities(`${verb} wallets and documents`);
    const found = await verifyWallets({ after: afterWallet, until: lastWallet, walletsMax, repair });
    recovery.advance(found.events, found.differencesCount);
    if (found.done) recovery.begin(isSecond ? 'ledger and outbox again' : 'ledger and outbox', upTo);
    const next: Place = { ...place, part: found.done ? 'log' : 'wallets', afterWallet: found.after };
    return { ...found, next };
  }
  const { verifyLog } = recoveryActivities(`${verb} ledger and outbox`);
  const found = await verifyLog({ after: afterPosition, upTo, eventsMax: eventsPerStretch, repair });
  recovery.advance(found.events, found.differencesCount);
  const next = found.done ? undefined : { ...place, afterPosition: found.after };
  return { ...found, wallets: 0, events: 0, next };
}

const none: FoundDifferences = { differences: [], differencesCount: 0 };

function withPage(result: VerifyResult, { isSecond }: Place, page: Page): VerifyResult {
  // The second look adds to nothing but what remains.
  if (isSecond) return { ...result, remaining: addDifferences(result.remaining ?? none, page) };
  return {
    ...result,
    ...addDifferences(result, page),
    wallets: result.wallets + page.wallets,
    events: result.events + page.events,
  };
}

function inWords(result: VerifyResult): string {
  const { wallets, events, differencesCount, remaining } = result;
  const looked = `Compared ${wallets} wallets and ${events} events.`;
  if (differencesCount === 0) return `${looked} Nothing differs.`;
  const left =
    remaining === null || remaining.differencesCount === 0 ? '' : `: ${differencesInWords(remaining)}`;
  const mended =
    remaining === null ? '' : ` Mended; the second look found ${remaining.differencesCount}${left}.`;
  return `${looked} ${differencesCount} differences: ${differencesInWords(result)}.${mended}`;
}
