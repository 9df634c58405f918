// The rows that the append makes of a wallet's events, besides its balance: holds, details, reversals and the
// uses of velocity rules. Pure. A comparison and a repair make them from the events again, by the same
// `evolveHold` and `evolveUses`.
import type { StoredEvent } from '../../domain/events.ts';
import { BrokenHoldError, evolveHold, type Hold } from '../../domain/hold.ts';
import type { Reversal } from '../../domain/reversal.ts';
import { BrokenVelocityError, evolveUses, type RuleUse } from '../../domain/velocityUse.ts';
import type { Details } from '../../domain/walletEvents.ts';
import { type Ended, noneEnded } from '../../eventStore/endedRows.ts';
import type { OpeningState } from '../../eventStore/openingCodec.ts';
import type { StateStep } from '../../eventStore/read/readStateEvents.ts';

export interface WalletState {
  /** By hold id. */
  readonly holds: Map<string, Hold>;
  details: Details | undefined;
  /** By the version of the original. */
  readonly reversals: Map<number, Reversal>;
  /** Undefined if the wallet never had a velocity rule. */
  uses: readonly RuleUse[] | undefined;
  /** Holds and reversals that ended among the archived events. They are in no map. */
  readonly ended: Ended;
  /** An event can't be read or breaks a rule, so nobody can say how the rows must be. */
  isUnknown: boolean;
}

export function emptyWalletState(): WalletState {
  return {
    ...{ holds: new Map<string, Hold>(), reversals: new Map<number, Reversal>(), ended: noneEnded },
    ...{ details: undefined, uses: undefined, isUnknown: false },
  };
}

/** The state after the archived events, to which later events are added. */
export function openedWalletState({ holds, reversals, ...others }: OpeningState): WalletState {
  return { ...others, holds: new Map(holds), reversals: new Map(reversals) };
}

/** Takes the next event of the wallet that changes more than a balance, or happened under terms. */
export function takeStateStep(state: WalletState, step: StateStep): void {
  if (step.event instanceof Error) {
    state.isUnknown = true;
    return;
  }
  const { event } = step.event;
  // Before the hold of the event changes, as in the decision.
  takeUses(state, step.event);
  switch (event.type) {
    case 'HoldPlaced':
    case 'HoldCaptured':
    case 'HoldReleased':
    case 'HoldAdjusted':
      takeHold(state, { ...step.event, event });
      break;
    case 'WalletDetailsChanged':
      state.details = event.details;
      break;
    case 'CreditReversed':
    case 'DebitRefunded':
      takeReversal(state, step, step.event, event, step.walletId, step.version);
      break;
    case 'TransferReturnReceived':
      // The row belongs to the sender of the original. It names the event of the wallet that gave back.
      takeReversal(state, step, step.event, event, event.fromWalletId, step.otherVersion);
      break;
    default:
  }
}

function takeUses(state: WalletState, stored: StoredEvent): void {
  const { event } = stored;
  if (state.uses === undefined && event.type !== 'VelocityRulesChanged') return;
  const hold = 'holdId' in event ? state.holds.get(event.holdId) : undefined;
  try {
    state.uses = evolveUses(state.uses ?? [], stored, hold);
  } catch (error) {
    if (!(error instanceof BrokenVelocityError)) throw error;
    state.isUnknown = true;
  }
}

function takeHold(state: WalletState, step: Parameters<typeof evolveHold>[1]): void {
  const { holdId } = step.event;
  try {
    state.holds.set(holdId, evolveHold(state.holds.get(holdId), step));
  } catch (error) {
    if (!(error instanceof BrokenHoldError)) throw error;
    state.isUnknown = true;
  }
}

type Reversing = StoredEvent['event'] & {
  readonly type: 'CreditReversed' | 'DebitRefunded' | 'TransferReturnReceived';
};

function takeReversal(
  state: WalletState,
  { originalMinor, walletId }: StateStep,
  { occurredAt }: StoredEvent,
  { original, amountMinor, reversedMinor }: Reversing,
  by: string,
  byVersion: number | null,
): void {
  const earlier = state.reversals.get(original.version);
  const ofOriginal = originalMinor ?? earlier?.amountMinor;
  if (ofOriginal === undefined || byVersion === null || original.walletId !== walletId) {
    state.isUnknown = true;
    return;
  }
  const reversedBy = [
    ...(earlier?.reversedBy ?? []),
    { walletId: by, version: byVersion, amountMinor, at: occurredAt },
  ];
  const { version } = original;
  state.reversals.set(version, { walletId, version, amountMinor: ofOriginal, reversedMinor, reversedBy });
}
