// Folds whole streams to wallets, event by event in order of wallet and version. Pure. Every step goes
// through `evolve`, which detects every broken rule. A broken event is skipped and the fold goes on with the
// next one, exactly as the live drain does (`foldWallets`). An opening state takes the place of all events up
// to its version.
import type { BalanceStep } from '../../../domain/events.ts';
import { BrokenStreamError, evolve, type Wallet } from '../../../domain/wallet.ts';
import { isMoving } from '../../../eventStore/packedEvents.ts';
import type { OpeningWallet, StreamFaults } from '../../../eventStore/openingCodec.ts';
import type { EventStep, StreamStep } from '../../../eventStore/read/readStreams.ts';
import { creationOf, termsIn, termsStepOf, walletAfter } from './foldWallets.ts';

/** A version of a stream that this service can't have written. */
interface BrokenVersion {
  readonly version: number;
  readonly reason: string;
}

export interface FoldedStream {
  readonly walletId: string;
  /** Undefined if no event could be folded. */
  readonly wallet: Wallet | undefined;
  readonly events: number;
  readonly broken: readonly BrokenVersion[];
  /** Version of the last event if that event can't be read, otherwise 0. */
  readonly unreadEnd: number;
  /** True if an event changed more than a balance, or can't be read. */
  readonly hasState: boolean;
}

/** A stream with everything that a fold of later events needs. */
export interface FoldedExactly extends FoldedStream {
  /** Of the last event. */
  readonly version: number;
  /** Undefined if the stream is sound. */
  readonly faults: StreamFaults | undefined;
}

interface Fold {
  readonly walletId: string;
  first: BalanceStep | undefined;
  /** The last event that carried terms. */
  terms: BalanceStep | undefined;
  /** The state that the next event must follow. */
  previous: Wallet | undefined;
  wallet: Wallet | undefined;
  lastVersion: number;
  events: number;
  broken: BrokenVersion[];
  unreadEnd: number;
  hasState: boolean;
}

/** Broken versions that are kept of one wallet. The first ones tell what happened. */
const brokenVersionsMax = 10;

/** Takes streams piece by piece. Each call returns the wallets that it completes, and `end` the last one. */
interface StreamFold<Folded> {
  readonly take: (steps: readonly StreamStep[]) => Folded[];
  readonly end: () => Folded[];
}

export function createStreamFold(): StreamFold<FoldedStream> {
  return createFold(result);
}

/** For a caller that keeps what it folded, and folds later events another time. */
export function createExactFold(): StreamFold<FoldedExactly> {
  return createFold(exactResult);
}

function createFold<Folded>(resultOf: (fold: Fold) => Folded): StreamFold<Folded> {
  let fold: Fold | undefined;
  return {
    take: (steps) => {
      const complete: Folded[] = [];
      for (const one of steps) {
        if (fold?.walletId !== one.walletId) {
          if (fold !== undefined) complete.push(resultOf(fold));
          fold = emptyFold(one.walletId);
        }
        if ('opening' in one) fold = foldOf(one.opening);
        else takeStep(fold, one);
      }
      return complete;
    },
    end: () => {
      const last = fold === undefined ? [] : [resultOf(fold)];
      fold = undefined;
      return last;
    },
  };
}

/**
 * Whether this version may come from events at the stream's end that only a newer release can read. This
 * release can't judge a row or document of that version. If it reset a row to the version before those
 * events, the wallet would take no command any more.
 */
export function isOfUnread(version: number, stream: FoldedStream | undefined): boolean {
  if (stream === undefined) return false;
  return version > (stream.wallet?.version ?? 0) && version <= stream.unreadEnd;
}

function emptyFold(walletId: string): Fold {
  return {
    walletId,
    first: undefined,
    terms: undefined,
    previous: undefined,
    wallet: undefined,
    lastVersion: 0,
    events: 0,
    broken: [],
    unreadEnd: 0,
    hasState: false,
  };
}

/** The fold as the events up to the opening state left it. */
function foldOf({ walletId, version, events, wallet, state, faults }: OpeningWallet): Fold {
  const terms = faults === undefined ? wallet?.terms : faults.terms;
  return {
    walletId,
    first: wallet && creationOf(wallet),
    terms: terms === undefined || wallet === undefined ? undefined : termsStepOf(wallet, terms),
    previous: faults === undefined ? wallet : faults.previous,
    wallet,
    lastVersion: version,
    events,
    broken: [...(faults?.broken ?? [])],
    unreadEnd: faults?.unreadEnd ?? 0,
    hasState: state !== undefined,
  };
}

function takeStep(fold: Fold, { version, step }: EventStep): void {
  fold.events += 1;
  if (version !== fold.lastVersion + 1) note(fold, version, `follows version ${fold.lastVersion}`);
  fold.lastVersion = version;
  fold.unreadEnd = step instanceof Error ? version : 0;
  fold.hasState ||= step instanceof Error || !isMoving(step.event.type);
  if (step instanceof Error) {
    note(fold, version, step.message);
    return;
  }
  if (version === 1) fold.first = step;
  if (step.event.termsVersion === version) fold.terms = step;
  try {
    // A refused or missing event must not make the next one be refused too. Like the drain, then judge that
    // one alone.
    const follows = version === (fold.previous?.version ?? 0) + 1;
    fold.wallet = follows ? evolve(fold.previous, step) : walletAfter(fold.first, step, fold.terms);
    fold.previous = fold.wallet;
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    note(fold, version, error.message);
    fold.previous = standsAlone(fold, step);
  }
}

/** The wallet according to a refused event alone. The next event must follow it. */
function standsAlone({ first, terms, previous }: Fold, step: BalanceStep): Wallet | undefined {
  try {
    return walletAfter(first, step, terms);
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    return previous;
  }
}

function note(fold: Fold, version: number, reason: string): void {
  if (fold.broken.length < brokenVersionsMax) fold.broken.push({ version, reason });
}

function result({ walletId, wallet, events, broken, unreadEnd, hasState }: Fold): FoldedStream {
  return { walletId, wallet, events, broken, unreadEnd, hasState };
}

function exactResult(fold: Fold): FoldedExactly {
  const { broken, unreadEnd, previous, terms, lastVersion: version } = fold;
  const isSound = broken.length === 0;
  return {
    ...result(fold),
    version,
    faults: isSound ? undefined : { broken, unreadEnd, previous, terms: terms && termsIn(terms.event) },
  };
}
