// From whole streams, event by event in order of wallet and version, to wallets. Pure. Every step goes through
// `evolve`, so a stream that breaks a rule is found out; what the wallet then is follows the drain's own rule
// (`foldWallets`): an event that makes no sense is left out and spoils nothing behind it.
import type { BalanceStep } from '../../../domain/events.ts';
import { BrokenStreamError, evolve, type Wallet } from '../../../domain/wallet.ts';
import type { StreamStep } from '../../../eventStore/read/readStreams.ts';
import { walletAfter } from './foldWallets.ts';

/** A place at which a stream is not what this service writes. */
export interface BrokenVersion {
  readonly version: number;
  readonly reason: string;
}

export interface FoldedStream {
  readonly walletId: string;
  /** Undefined where not one event could be folded. */
  readonly wallet: Wallet | undefined;
  readonly events: number;
  readonly broken: readonly BrokenVersion[];
  /** Version of the last event, where that one can't be read; 0 where it can. */
  readonly unreadEnd: number;
}

interface Fold {
  readonly walletId: string;
  first: BalanceStep | undefined;
  /** Where the next event has to go on from. */
  previous: Wallet | undefined;
  wallet: Wallet | undefined;
  lastVersion: number;
  events: number;
  broken: BrokenVersion[];
  unreadEnd: number;
}

/** Broken places that are kept of one wallet; the first ones tell what happened. */
const brokenVersionsMax = 10;

/** Takes streams piece by piece; each call returns the wallets that are complete, `end` the one in hand. */
export function createStreamFold(): {
  readonly take: (steps: readonly StreamStep[]) => FoldedStream[];
  readonly end: () => FoldedStream[];
} {
  let fold: Fold | undefined;
  return {
    take: (steps) => {
      const complete: FoldedStream[] = [];
      for (const one of steps) {
        if (fold?.walletId !== one.walletId) {
          if (fold !== undefined) complete.push(result(fold));
          fold = {
            walletId: one.walletId,
            first: undefined,
            previous: undefined,
            wallet: undefined,
            lastVersion: 0,
            events: 0,
            broken: [],
            unreadEnd: 0,
          };
        }
        takeStep(fold, one);
      }
      return complete;
    },
    end: () => {
      const last = fold === undefined ? [] : [result(fold)];
      fold = undefined;
      return last;
    },
  };
}

/**
 * Whether what shows this version may be made of events at the stream's end that only a newer release can read: nobody
 * here can judge it, and a row that is put back behind them takes no command any more.
 */
export function isOfUnread(version: number, stream: FoldedStream | undefined): boolean {
  if (stream === undefined) return false;
  return version > (stream.wallet?.version ?? 0) && version <= stream.unreadEnd;
}

function takeStep(fold: Fold, { version, step }: StreamStep): void {
  fold.events += 1;
  if (version !== fold.lastVersion + 1) note(fold, version, `follows version ${fold.lastVersion}`);
  fold.lastVersion = version;
  fold.unreadEnd = step instanceof Error ? version : 0;
  if (step instanceof Error) {
    note(fold, version, step.message);
    return;
  }
  if (version === 1) fold.first = step;
  try {
    // What was refused or lost before it must not refuse this one: then it stands alone, as the drain has it.
    const follows = version === (fold.previous?.version ?? 0) + 1;
    fold.wallet = follows ? evolve(fold.previous, step) : walletAfter(fold.first, step);
    fold.previous = fold.wallet;
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    note(fold, version, error.message);
    fold.previous = standsAlone(fold, step);
  }
}

/** What a refused event says by itself: the next one goes on from there. */
function standsAlone({ first, previous }: Fold, step: BalanceStep): Wallet | undefined {
  try {
    return walletAfter(first, step);
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    return previous;
  }
}

function note(fold: Fold, version: number, reason: string): void {
  if (fold.broken.length < brokenVersionsMax) fold.broken.push({ version, reason });
}

function result({ walletId, wallet, events, broken, unreadEnd }: Fold): FoldedStream {
  return { walletId, wallet, events, broken, unreadEnd };
}
