// Folds a batch of the drain to the state of the wallets in it. Pure. A wallet's first event names owner,
// currency and time of creation, and every later one carries version, balance and what is held. The event
// with the terms is named by each event after it. So a batch can be folded without the events in between. A
// broken event does not spoil the later ones.
import type { BalanceStep, StoredEvent } from '../../../domain/events.ts';
import { eventKey, type EventRef } from '../../../domain/reversal.ts';
import { ordinaryTerms, type Terms } from '../../../domain/terms.ts';
import {
  availableMinor,
  belowMinimum,
  BrokenStreamError,
  evolve,
  type Wallet,
} from '../../../domain/wallet.ts';
import type { EventToPark } from '../../projection.ts';

/** A wallet after the last event of a batch that could be folded. */
export interface FoldedWallet {
  readonly wallet: Wallet;
  /** Positions of the wallet's folded events, which one write of its document covers. */
  readonly positions: readonly bigint[];
}

export interface Fold {
  readonly folded: readonly FoldedWallet[];
  readonly unfoldable: readonly EventToPark[];
}

/**
 * Folds a batch in order of position. `firstEvents` holds the first events that are not in the batch, and
 * `termsEvents` those with the terms, by `eventKey`. If two events of a wallet follow each other in the
 * batch, they must agree with `evolve`.
 */
export function foldWallets(
  events: readonly StoredEvent[],
  firstEvents: ReadonlyMap<string, BalanceStep>,
  termsEvents: ReadonlyMap<string, BalanceStep> = new Map(),
): Fold {
  const firsts = new Map<string, BalanceStep>(firstEvents);
  const terms = new Map<string, BalanceStep>(termsEvents);
  const previous = new Map<string, Wallet>();
  const wallets = new Map<string, Wallet>();
  const positions = new Map<string, bigint[]>();
  const unfoldable: EventToPark[] = [];

  for (const stored of events) {
    const { walletId, position } = stored;
    if (stored.version === 1) firsts.set(walletId, stored);
    if (carriesTerms(stored)) terms.set(eventKey(stored), stored);
    const before = previous.get(walletId);
    try {
      const alone = walletAfter(firsts.get(walletId), stored, terms.get(termsKeyOf(stored)));
      // Kept before the pair is compared, because the next event must follow this one even if the pair
      // differs.
      previous.set(walletId, alone);
      const wallet = before?.version === stored.version - 1 ? evolve(before, stored) : alone;
      wallets.set(walletId, wallet);
      listIn(positions, walletId).push(position);
    } catch (error) {
      if (!(error instanceof BrokenStreamError)) throw error;
      unfoldable.push({ position, walletId, reason: error.message });
    }
  }
  const folded = [...wallets.values()].map((wallet) => ({ wallet, positions: listIn(positions, wallet.id) }));
  return { folded, unfoldable };
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** The ids of wallets whose first event is not in the batch. */
export function walletsWithoutFirst(events: readonly StoredEvent[]): readonly string[] {
  const present = new Set(events.filter(({ version }) => version === 1).map(({ walletId }) => walletId));
  return [...new Set(events.map(({ walletId }) => walletId))].filter((walletId) => !present.has(walletId));
}

/** The events with the terms that the batch needs and does not have. */
export function termsNotIn(events: readonly StoredEvent[]): readonly EventRef[] {
  const present = new Set(events.filter(carriesTerms).map(eventKey));
  const wanted = new Map<string, EventRef>();
  for (const { walletId, event } of events) {
    if (event.termsVersion === undefined) continue;
    const ref = { walletId, version: event.termsVersion };
    if (!present.has(eventKey(ref))) wanted.set(eventKey(ref), ref);
  }
  return [...wanted.values()];
}

function carriesTerms({ version, event }: BalanceStep): boolean {
  return event.termsVersion === version;
}

function termsKeyOf({ walletId, event }: BalanceStep): string {
  return eventKey({ walletId, version: event.termsVersion ?? 0 });
}

/**
 * The wallet after one event, according to its first event, that event, and the one with its terms. Throws
 * BrokenStreamError.
 */
export function walletAfter(
  first: BalanceStep | undefined,
  stored: BalanceStep,
  termsEvent?: BalanceStep,
): Wallet {
  const { walletId, version, occurredAt, event } = stored;
  const broken = (rule: string) => new BrokenStreamError(`wallet "${walletId}" version ${version}: ${rule}`);
  if (first === undefined) throw broken("the wallet's first event is missing or can't be read");
  const created = evolve(undefined, first);
  if (version === 1) return created;
  if (event.type === 'WalletCreated') throw broken('a wallet is created once');
  if (event.currency !== created.currency)
    throw broken(`currency ${event.currency} should be ${created.currency}`);
  const { heldMinor = 0n, status = 'active', termsVersion = 0, detailsVersion = 0, balanceMinor } = event;
  const terms = termsIn(event) ?? (termsVersion === 0 ? ordinaryTerms : termsIn(termsEvent?.event));
  if (terms === undefined) throw broken(`the event ${termsVersion} with the terms is missing`);
  const wallet: Wallet = {
    ...created,
    ...{ balanceMinor, version, updatedAt: occurredAt },
    ...{ heldMinor, status, terms, termsVersion, detailsVersion },
  };
  if (heldMinor < 0n) throw broken(`held ${heldMinor} is negative`);
  if (availableMinor(wallet) < 0n) throw broken(belowMinimum(wallet));
  return wallet;
}

/** The terms that an event carries. */
export function termsIn(event: BalanceStep['event'] | undefined): Terms | undefined {
  return event !== undefined && 'terms' in event ? event.terms : undefined;
}

/** The first event of a wallet, but for its balance. A fold of one event asks it for what never changes. */
export function creationOf({ id, ownerId, currency, createdAt }: Wallet): BalanceStep {
  const event = { type: 'WalletCreated', ownerId, currency, balanceMinor: 0n } as const;
  return { walletId: id, version: 1, occurredAt: createdAt, event };
}

/** An event that carries these terms. A fold of one event asks it for nothing else. */
export function termsStepOf(wallet: Wallet, terms: Terms): BalanceStep {
  const { id: walletId, termsVersion: version, updatedAt: occurredAt, currency, balanceMinor } = wallet;
  const event = { type: 'WalletLimitsChanged', currency, balanceMinor, terms, description: '' } as const;
  return { walletId, version, occurredAt, event };
}
