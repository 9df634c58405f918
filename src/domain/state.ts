// The state on which a command is decided. A command names the keys of what it reads. One load fetches all of
// it for the batch, and `decide` sees it by kind and key. Pure.
//
// A new kind is a member of `StateKinds`. The compiler then asks for its keys, for its part of the load in
// eventStore/loadBatch.ts, and for what an accepted command leaves of it.
import type { Hold, OpenHolds } from './hold.ts';
import type { Reversal } from './reversal.ts';
import type { Wallet } from './wallet.ts';
import type { RuleUse } from './velocityUse.ts';
import type { Details } from './walletEvents.ts';

/** The value of each kind of state. */
interface StateKinds {
  readonly wallets: Wallet;
  /** By `holdKey`. */
  readonly holds: Hold;
  /** By wallet. Absent if none is open. */
  readonly openHolds: OpenHolds;
  /** By wallet. Absent if it has none. */
  readonly details: Details;
  /** By `eventKey` of the original. Absent if nothing of it went back. */
  readonly reversals: Reversal;
  /** By wallet: the uses of its velocity rules. Absent if it has none. */
  readonly uses: readonly RuleUse[];
}

/** The keys that a command reads, by kind; each once. Open holds and uses come with their wallet. */
export type Keys = Readonly<Record<Exclude<keyof StateKinds, 'openHolds' | 'uses'>, readonly string[]>>;

export const noKeys: Keys = { wallets: [], holds: [], details: [], reversals: [] };

/**
 * The values under those keys. A key without a value is absent. `holds` also has what is due of the wallets.
 */
export type State = { readonly [Kind in keyof StateKinds]: ReadonlyMap<string, StateKinds[Kind]> };

/** A state that takes the changes of one command after the other. */
export type ChangingState = { readonly [Kind in keyof StateKinds]: Map<string, StateKinds[Kind]> };

export function emptyState(): ChangingState {
  return {
    wallets: new Map(),
    holds: new Map(),
    openHolds: new Map(),
    details: new Map(),
    reversals: new Map(),
    uses: new Map(),
  };
}

/** A copy of the state that may be changed. */
export function changingCopy(state: State): ChangingState {
  return {
    wallets: new Map(state.wallets),
    holds: new Map(state.holds),
    openHolds: new Map(state.openHolds),
    details: new Map(state.details),
    reversals: new Map(state.reversals),
    uses: new Map(state.uses),
  };
}

/** The keys of many commands, each once. */
export function joinKeys(all: readonly Keys[]): Keys {
  return {
    wallets: joined(all.map(({ wallets }) => wallets)),
    holds: joined(all.map(({ holds }) => holds)),
    details: joined(all.map(({ details }) => details)),
    reversals: joined(all.map(({ reversals }) => reversals)),
  };
}

function joined(keys: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(keys.flat())];
}

/** Whether the keys name anything but wallets. */
export function namesMore({ holds, details, reversals }: Keys): boolean {
  return holds.length + details.length + reversals.length > 0;
}
