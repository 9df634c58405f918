// The actions on a wallet and its money: freeze, unfreeze, void a hold, give a movement back.
import { type Action, curl, reason } from './actions.ts';
import { post } from './http.ts';
import type { Hold, Snapshot } from './walletQueries.ts';

const pathOf = (walletId: string) => `/wallets/${encodeURIComponent(walletId)}`;

export function freezeWallet({ id }: Snapshot): Action {
  const path = `${pathOf(id)}/freeze`;
  const body = (why: string) => ({ scope: 'all', reason: why });
  return {
    label: 'Freeze',
    question: `Freeze wallet ${id}?`,
    explains:
      'No money leaves or reaches it until somebody ends the freeze. Open holds can still be captured and voided.',
    confirm: 'Freeze',
    isSerious: true,
    scope: 'lifecycle:write',
    field: reason(true),
    command: (why) => curl(path, body(why)),
    run: async (why) => {
      await post(path, body(why));
      return `Wallet ${id} is frozen.`;
    },
  };
}

export function unfreezeWallet({ id }: Snapshot): Action {
  const path = `${pathOf(id)}/unfreeze`;
  return {
    label: 'Unfreeze',
    question: `End the freeze of wallet ${id}?`,
    explains: 'Money can leave and reach it again at once.',
    confirm: 'Unfreeze',
    scope: 'lifecycle:write',
    field: reason(true),
    command: (why) => curl(path, { reason: why }),
    run: async (why) => {
      await post(path, { reason: why });
      return `Wallet ${id} is no longer frozen.`;
    },
  };
}

export function voidHold({ walletId, holdId, remaining, currency }: Hold): Action {
  const path = `${pathOf(walletId)}/holds/${encodeURIComponent(holdId)}/void`;
  return {
    label: 'Void',
    question: `Void hold ${holdId}?`,
    explains: `${remaining} ${currency} are available again, and nothing more of this hold can be captured.`,
    confirm: 'Void',
    isSerious: true,
    scope: 'holds:write',
    field: reason(true),
    command: (why) => curl(path, { reason: why }),
    run: async (why) => {
      await post(path, { reason: why });
      return `Hold ${holdId} was voided.`;
    },
  };
}

/** Gives all of a movement back that is left. The reason is kept as the description of the reversal. */
export function reverseMovement(movementId: string): Action {
  const at = movementId.lastIndexOf('@');
  const path = `${pathOf(movementId.slice(0, at))}/events/${movementId.slice(at + 1)}/reverse`;
  return {
    label: 'Give back',
    question: `Give all of movement ${movementId} back that is left?`,
    explains:
      'The money goes back where it came from, booked now. The movement stays as it was. It is refused if a wallet lacks the money.',
    confirm: 'Give back',
    isSerious: true,
    scope: 'reversals:write',
    field: reason(true),
    command: (why) => curl(path, { description: why }),
    run: async (why) => {
      await post(path, { description: why });
      return `Movement ${movementId} was given back.`;
    },
  };
}
