// The state on which a command is decided. A command names the keys of what it reads. One load fetches all of
// it for the batch, and `decide` sees it by kind and key. Pure.
//
// A new kind is a member of `StateKinds`. The compiler then asks for its keys, for its part of the load in
// eventStore/loadBatch.ts, and for what an accepted command leaves of it.
import type { Wallet } from './wallet.ts';

/** The value of each kind of state. */
interface StateKinds {
  readonly wallets: Wallet;
}

/** The keys that a command reads, by kind; each once. */
export type Keys = { readonly [Kind in keyof StateKinds]: readonly string[] };

/** The values under those keys. A key without a value is absent. */
export type State = { readonly [Kind in keyof StateKinds]: ReadonlyMap<string, StateKinds[Kind]> };

/** A state that takes the changes of one command after the other. */
export type ChangingState = { readonly [Kind in keyof StateKinds]: Map<string, StateKinds[Kind]> };

/** A copy of the state that may be changed. */
export function changingCopy(state: State): ChangingState {
  return { wallets: new Map(state.wallets) };
}

/** The keys of many commands, each once. */
export function joinKeys(all: readonly Keys[]): Keys {
  return { wallets: [...new Set(all.flatMap(({ wallets }) => wallets))] };
}
