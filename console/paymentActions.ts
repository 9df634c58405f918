// The actions of a support person on a wallet and its money: place, capture and void a hold, give a movement
// back, freeze and unfreeze. Each is one command of the API, with the key of its form.
//
// Invariant: an amount is decimal text from the form to the request, and is checked before it is sent.
import { type Action, curl, type Field, type Filled, idPattern, reason } from './action.ts';
import { amount } from './format.ts';
import type { Hold } from './holdQueries.ts';
import { post } from './http.ts';
import type { MovementView } from './movementQueries.ts';
import { pathOf, type Snapshot } from './walletQueries.ts';

interface Command extends Omit<Action, 'command' | 'run'> {
  readonly path: string;
  readonly bodyOf: (filled: Filled) => object;
  readonly done: (filled: Filled) => string;
}

/** The body shown as a command by hand is the body that is sent. */
function commandAction({ path, bodyOf, done, ...action }: Command): Action {
  return {
    ...action,
    command: (filled, key) => curl(path, bodyOf(filled), key),
    run: async (filled, key) => {
      await post(path, bodyOf(filled), key);
      return done(filled);
    },
  };
}

const holdPath = ({ walletId, holdId }: Pick<Hold, 'walletId' | 'holdId'>) =>
  `${pathOf(walletId)}/holds/${encodeURIComponent(holdId)}`;

/** An amount with the decimals of `like`, which is an amount of the same currency. */
export function amountField(like: string, currency: string, more: Partial<Field> = {}): Field {
  const decimals = like.split('.')[1]?.length ?? 0;
  const fraction = decimals === 0 ? '' : `(\\.[0-9]{1,${decimals}})?`;
  const words = decimals === 0 ? 'without decimals' : `with at most ${decimals} decimals after a point`;
  return {
    ...{ name: 'amount', label: `Amount in ${currency}`, isRequired: true, isAmount: true },
    pattern: { source: `(?=.*[1-9])[0-9]{1,16}${fraction}`, words: `an amount above 0, ${words}` },
    ...more,
  };
}

/** The audit log keeps these words as the reason. */
const description: Field = {
  ...{ name: 'description', label: 'Description', isRequired: true },
  hint: 'The history of the wallet shows it.',
};

const lifetimes = [
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
] as const;

export function placeHold({ id, available, currency }: Snapshot): Action {
  return commandAction({
    path: `${pathOf(id)}/holds`,
    label: 'Place a hold',
    question: `Hold money of wallet ${id}?`,
    explains: `It stays in the balance and is not available until it is captured, voided or expired. ${amount(available)} ${currency} are available.`,
    confirm: 'Place the hold',
    scope: 'holds:write',
    fields: [
      amountField(available, currency),
      { name: 'lifetime', label: 'Ends after', initial: '604800', choices: lifetimes },
      {
        ...{ name: 'toWalletId', label: 'Wallet that a capture pays', pattern: idPattern },
        hint: 'Empty lets a capture pay out.',
      },
      description,
    ],
    bodyOf: ({ lifetime, toWalletId, ...filled }) => ({
      ...{ amount: filled.amount, expiresInSeconds: Number(lifetime) },
      ...(toWalletId !== '' && { toWalletId }),
      description: filled.description,
    }),
    done: (filled) => `${filled.amount ?? ''} ${currency} of wallet ${id} are held.`,
  });
}

const rests = [
  ['kept', 'stays held for a later capture'],
  ['released', 'is available again at once'],
] as const;

/** For a page that has many holds. */
export const capturing = { label: 'Capture a hold', scope: 'holds:capture' };

export function captureHold(hold: Hold): Action {
  const { holdId, remaining, currency, toWalletId } = hold;
  return commandAction({
    path: `${holdPath(hold)}/capture`,
    label: 'Capture',
    question: `Capture hold ${holdId}?`,
    explains: `The money leaves the wallet and ${toWalletId === null ? 'is paid out' : `is paid to wallet ${toWalletId}`}. ${amount(remaining)} ${currency} of the hold remain.`,
    confirm: 'Capture',
    isSerious: true,
    scope: capturing.scope,
    fields: [
      amountField(remaining, currency, { initial: remaining }),
      { name: 'rest', label: 'The rest of the hold', initial: 'kept', choices: rests },
      description,
    ],
    bodyOf: ({ rest, ...filled }) => ({
      ...{ amount: filled.amount, final: rest === 'released', description: filled.description },
    }),
    done: (filled) => `${filled.amount ?? ''} ${currency} of hold ${holdId} were captured.`,
  });
}

export function voidHold(hold: Hold): Action {
  const { holdId, remaining, currency } = hold;
  return commandAction({
    path: `${holdPath(hold)}/void`,
    label: 'Void',
    question: `Void hold ${holdId}?`,
    explains: `${amount(remaining)} ${currency} are available again, and nothing more of this hold can be captured.`,
    confirm: 'Void',
    isSerious: true,
    scope: 'holds:write',
    fields: [reason],
    bodyOf: (filled) => ({ reason: filled.reason }),
    done: () => `Hold ${holdId} was voided.`,
  });
}

const freezeScopes = [
  ['all', 'debits and credits'],
  ['debits', 'debits'],
  ['credits', 'credits'],
] as const;

export function freezeWallet({ id }: Snapshot): Action {
  return commandAction({
    path: `${pathOf(id)}/freeze`,
    label: 'Freeze',
    question: `Freeze wallet ${id}?`,
    explains:
      'No such money moves until somebody ends the freeze. Open holds can still be captured and voided.',
    confirm: 'Freeze',
    isSerious: true,
    scope: 'lifecycle:write',
    fields: [{ name: 'scope', label: 'What stops', initial: 'all', choices: freezeScopes }, reason],
    bodyOf: (filled) => ({ scope: filled.scope, reason: filled.reason }),
    done: () => `Wallet ${id} is frozen.`,
  });
}

export function unfreezeWallet({ id }: Snapshot): Action {
  return commandAction({
    path: `${pathOf(id)}/unfreeze`,
    label: 'Unfreeze',
    question: `End the freeze of wallet ${id}?`,
    explains: 'Money can leave and reach it again at once.',
    confirm: 'Unfreeze',
    scope: 'lifecycle:write',
    fields: [reason],
    bodyOf: (filled) => ({ reason: filled.reason }),
    done: () => `Wallet ${id} is no longer frozen.`,
  });
}

const causes = [
  ['refund', 'refund'],
  ['mistake', 'mistake'],
  ['duplicate', 'duplicate'],
  ['fraud', 'fraud'],
  ['other', 'other'],
] as const;

export function reverseMovement(movement: MovementView): Action {
  const { movementId, currency, reversed } = movement;
  const at = movementId.lastIndexOf('@');
  const whole = amount(movement.amount);
  return commandAction({
    path: `${pathOf(movementId.slice(0, at))}/events/${movementId.slice(at + 1)}/reverse`,
    label: 'Give back',
    question: `Give money of movement ${movementId} back?`,
    explains: `It goes back where it came from, booked now. The movement stays as it was. ${amount(reversed)} of ${whole} ${currency} went back before. It is refused if a wallet lacks the money.`,
    confirm: 'Give back',
    isSerious: true,
    scope: 'reversals:write',
    fields: [
      amountField(movement.amount, currency, {
        ...{ isRequired: false, hint: 'Empty gives back all that is left.' },
      }),
      { name: 'reason', label: 'Reason', initial: 'refund', choices: causes },
      description,
    ],
    bodyOf: (filled) => ({
      ...(filled.amount !== '' && { amount: filled.amount }),
      ...{ reason: filled.reason, description: filled.description },
    }),
    done: (filled) =>
      `${filled.amount === '' ? 'All that was left' : `${filled.amount ?? ''} ${currency}`} of movement ${movementId} went back.`,
  });
}
