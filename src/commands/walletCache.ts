// Keeps the wallets that this process loaded or wrote last, so that a batch of them needs no load. The append
// then compares them with their rows, and looks for records of the commands. If anything differs, nothing is
// written and the batch loads. So the append checks every entry, and an old one does no harm.
//
// Invariant: a wallet is kept only if its row is all the state that its commands read.
// Invariant: at most `walletsMax` wallets are kept.
// Invariant: nothing is found later than `trustedMs` after a load of this process. So the level, the fence
// and the time of the database are at most that old. A wallet may have been kept for longer.
import { emptyState, type Keys, namesMore } from '../domain/state.ts';
import type { Wallet } from '../domain/wallet.ts';
import { levels } from '../eventStore/levels.ts';
import type { LoadedBatch } from '../eventStore/loadBatch.ts';

export interface WalletCache {
  /** What a batch with these keys is decided on without a load. Undefined if any part of it is not kept. */
  readonly find: (keys: Keys) => LoadedBatch | undefined;
  /** Takes over what a load found. Call it as soon as the load has ended. */
  readonly takeLoaded: (loaded: LoadedBatch) => void;
  /** Takes over the wallets that a batch wrote. Call it after the commit. */
  readonly takeWritten: (wallets: readonly Wallet[], rowXid: string) => void;
  /** Drops the wallets of a batch that failed. */
  readonly forget: (walletIds: readonly string[]) => void;
  /** Hears that an append without a load wrote nothing. The batch loads then, which corrects its wallets. */
  readonly refused: () => void;
}

export interface WalletCacheOptions {
  /** 0 keeps nothing. */
  readonly walletsMax: number;
  /** Milliseconds that only go forward. They stand still while the machine is suspended. */
  readonly monotonicMs: () => number;
  /** Milliseconds of the clock of this machine, which somebody may set. */
  readonly clockMs: () => number;
}

/** A second costs one load in some hundred batches. */
const trustedMs = 1_000;
/**
 * Every batch loads for a second after so many refusals, if they are a third of those found within a second.
 * An append that is refused costs about as much as a load, and one that is not saves a load.
 */
const refusalsMin = 3;
const pauseMs = 1_000;
/** The two clocks of this machine differ by more than this if it was suspended, or if one was set. */
const clockDriftMaxMs = 50;

/** A wallet, and the database transaction that wrote its row. */
interface CachedWallet {
  readonly wallet: Wallet;
  readonly rowXid: string;
}

/** A time of the database, and those of the clocks of this machine as soon as it was known. */
interface KnownTime extends Pick<LoadedBatch, 'now'> {
  readonly monotonicMs: number;
  readonly clockMs: number;
}

export function createWalletCache({ walletsMax, monotonicMs, clockMs }: WalletCacheOptions): WalletCache {
  const generationMax = Math.floor(walletsMax / 2);
  let recent = new Map<string, CachedWallet>();
  // Dropped whole, so that no entry has to be moved or deleted when it is used.
  let older = new Map<string, CachedWallet>();
  let last: Pick<LoadedBatch, 'fence' | 'level'> | undefined;
  let known: KnownTime | undefined;
  const refusals = watchRefusals(monotonicMs);

  function keep(wallet: Wallet, rowXid: string): void {
    if (generationMax === 0 || !isWhole(wallet)) {
      forget([wallet.id]);
      return;
    }
    if (recent.size >= generationMax && !recent.has(wallet.id)) {
      older = recent;
      recent = new Map();
    }
    recent.set(wallet.id, { wallet, rowXid });
  }

  function forget(walletIds: readonly string[]): void {
    for (const id of walletIds) {
      recent.delete(id);
      older.delete(id);
    }
  }

  /** The time of the database. It is behind by the time that a load took at most. */
  function databaseTime(): Date | undefined {
    if (known === undefined) return undefined;
    const passedMs = monotonicMs() - known.monotonicMs;
    const driftMs = clockMs() - known.clockMs - passedMs;
    if (passedMs >= trustedMs || Math.abs(driftMs) > clockDriftMaxMs) return undefined;
    return new Date(known.now.getTime() + Math.floor(passedMs));
  }

  return {
    find(keys) {
      if (namesMore(keys) || refusals.areMany()) return undefined;
      const now = databaseTime();
      if (now === undefined || last === undefined) return undefined;
      const state = emptyState();
      const rowXids = new Map<string, string>();
      for (const id of keys.wallets) {
        const cached = recent.get(id) ?? older.get(id);
        if (cached === undefined) return undefined;
        state.wallets.set(id, cached.wallet);
        rowXids.set(id, cached.rowXid);
      }
      const { fence, level } = last;
      // Below that level a record has no outcome, and a lost append is recognised by its outcome.
      if (level < levels.compactRecords) return undefined;
      refusals.found();
      return { now, fence, level, state, rowXids, answered: new Map(), isLoaded: false };
    },
    takeLoaded({ now, fence, level, state, rowXids }) {
      last = { fence, level };
      // A load that took long ends with an old time. A later time that is known already stays, for a second.
      const time = databaseTime();
      if (time === undefined || time <= now) known = { now, monotonicMs: monotonicMs(), clockMs: clockMs() };
      for (const [id, wallet] of state.wallets) keep(wallet, rowXids.get(id) ?? '');
    },
    takeWritten(wallets, rowXid) {
      for (const wallet of wallets) keep(wallet, rowXid);
    },
    forget,
    refused: refusals.refused,
  };
}

/** Counts the batches of each second that were found, and those of them that the append refused. */
function watchRefusals(monotonicMs: () => number) {
  let counted = { sinceMs: -Infinity, found: 0, refused: 0 };
  let pausedUntilMs = -Infinity;
  const counts = () => {
    const nowMs = monotonicMs();
    if (nowMs - counted.sinceMs >= 1_000) counted = { sinceMs: nowMs, found: 0, refused: 0 };
    return counted;
  };
  return {
    areMany: () => monotonicMs() < pausedUntilMs,
    found: () => {
      counts().found += 1;
    },
    refused: () => {
      const ofNow = counts();
      ofNow.refused += 1;
      if (ofNow.refused >= refusalsMin && ofNow.refused * 3 >= ofNow.found)
        pausedUntilMs = monotonicMs() + pauseMs;
    },
  };
}

/**
 * Whether the row is all the state that a command on the wallet alone reads. Holds and uses of velocity rules
 * have rows of their own, and a freeze may end by time.
 */
function isWhole({ status, heldMinor, terms }: Wallet): boolean {
  return status === 'active' && heldMinor === 0n && terms.velocityRules === 0;
}
