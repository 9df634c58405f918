// The state of the event store in memory. It loads what `loadBatch` loads. Each row goes through its codec
// and comes back as PostgreSQL gives it.
import { mayBeDue } from '../../../src/domain/decide/due.ts';
import { type Hold, holdKey, isDue, type OpenHolds } from '../../../src/domain/hold.ts';
import { eventKey, type Reversal } from '../../../src/domain/reversal.ts';
import {
  type ChangingState,
  emptyState,
  joinKeys,
  type Keys,
  namesMore,
  type State,
} from '../../../src/domain/state.ts';
import type { Wallet } from '../../../src/domain/wallet.ts';
import type { RuleUse } from '../../../src/domain/velocityUse.ts';
import type { Details } from '../../../src/domain/walletEvents.ts';
import type { BatchToAppend } from '../../../src/eventStore/appendBatch.ts';
import {
  type HoldJson,
  readHold,
  readReversal,
  type ReversalJson,
  writeHold,
  writeReversal,
} from '../../../src/eventStore/holdRows.ts';
import { readUsage, type UsageJson, writeUsage } from '../../../src/eventStore/usageRows.ts';
import { toOpenHolds, toWallet, type WalletRow, walletStates } from '../../../src/eventStore/walletRows.ts';

export interface StoreInMemory {
  readonly wallets: ReadonlyMap<string, Wallet>;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly openHolds: ReadonlyMap<string, OpenHolds>;
  readonly details: ReadonlyMap<string, Details>;
  readonly reversals: ReadonlyMap<string, Reversal>;
  readonly uses: ReadonlyMap<string, readonly RuleUse[]>;
  readonly load: (keys: readonly Keys[], now: Date) => State;
  readonly append: (batch: BatchToAppend) => void;
}

export function createStoreInMemory(): StoreInMemory {
  const stored = emptyState();
  const append = ({ wallets, holds, openHolds, details, reversals, uses }: BatchToAppend) => {
    for (const wallet of wallets) {
      const row = rowOf(wallet, openHolds);
      stored.wallets.set(wallet.id, toWallet(row));
      const open = toOpenHolds(row);
      if (open === undefined) stored.openHolds.delete(wallet.id);
      else stored.openHolds.set(wallet.id, open);
    }
    for (const hold of holds)
      stored.holds.set(holdKey(hold.walletId, hold.holdId), readHold(jsonb(writeHold(hold)) as HoldJson));
    for (const [walletId, kept] of details) stored.details.set(walletId, jsonb(kept) as Details);
    for (const reversal of reversals)
      stored.reversals.set(eventKey(reversal), readReversal(jsonb(writeReversal(reversal)) as ReversalJson));
    for (const [id, ofWallet] of uses) {
      const { rules } = jsonb(writeUsage(id, ofWallet)) as UsageJson;
      stored.uses.set(id, readUsage(id, rules));
    }
  };
  return { ...stored, load: (keys, now) => load(stored, joinKeys(keys), now), append };
}

/** Due holds are loaded if a wallet may have some, or if the batch names more than wallets. */
function load(stored: ChangingState, keys: Keys, now: Date): State {
  const state = emptyState();
  for (const id of keys.wallets) take(state.wallets, stored.wallets, id);
  for (const [id, { terms }] of state.wallets) {
    take(state.openHolds, stored.openHolds, id);
    if (terms.velocityRules > 0) take(state.uses, stored.uses, id);
  }
  const isShort = !namesMore(keys) && ![...state.wallets.values()].some((one) => mayBeDue(one, state, now));
  if (isShort) return state;
  for (const key of keys.holds) take(state.holds, stored.holds, key);
  for (const id of keys.details) take(state.details, stored.details, id);
  for (const key of keys.reversals) take(state.reversals, stored.reversals, key);
  for (const id of state.wallets.keys()) {
    const open = [...stored.holds.values()].filter((hold) => hold.walletId === id && hold.endedAs === null);
    for (const hold of open) if (isDue(hold, now)) state.holds.set(holdKey(id, hold.holdId), hold);
    const later = open.filter((hold) => !isDue(hold, now)).map(({ expiresAt }) => expiresAt.getTime());
    const sum = state.openHolds.get(id);
    if (sum !== undefined && later.length > 0)
      state.openHolds.set(id, { ...sum, laterFrom: new Date(Math.min(...later)) });
  }
  return state;
}

function take<Value>(into: Map<string, Value>, from: ReadonlyMap<string, Value>, key: string): void {
  const value = from.get(key);
  if (value !== undefined) into.set(key, value);
}

type StateRow = Omit<WalletRow, 'hold_due_from'> & { readonly hold_due_from: string | null };

/** The row of a wallet as node-postgres gives it. */
function rowOf(wallet: Wallet, openHolds: ReadonlyMap<string, OpenHolds>): WalletRow {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  const [state] = walletStates([wallet], openHolds) as readonly Partial<StateRow>[];
  const { held_minor = null, status = null, terms = null, ...rest } = state ?? {};
  const { hold_due_from = null, open_holds = null, terms_version = null, details_version = null } = rest;
  return {
    ...{ id, owner_id: ownerId, currency, balance_minor: String(balanceMinor), version: String(version) },
    ...{ created_at: createdAt, updated_at: updatedAt, held_minor, status, open_holds },
    ...{ terms_version, details_version, terms: jsonb(terms) },
    hold_due_from: hold_due_from === null ? null : new Date(hold_due_from),
  };
}

/** The value as a column of type jsonb gives it back: members by the length of their name, then by name. */
export function jsonb(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    const members = Object.entries(member);
    members.sort(([one], [other]) => one.length - other.length || (one < other ? -1 : 1));
    return Object.fromEntries(members);
  });
}
