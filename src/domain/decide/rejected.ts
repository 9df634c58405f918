// The rejections, each with its sentence for the caller, and the checks that several commands share.
import { formatAmount, parseAmount } from '../money.ts';
import type { RefusedField, Rejection } from '../rejections.ts';
import { isFrozenFor } from '../terms.ts';
import { availableMinor, type Wallet } from '../wallet.ts';
import type { Decision } from './decision.ts';

export function rejected(rejection: Rejection): Decision {
  return { rejected: rejection };
}

/** VERSION_MISMATCH if the caller accepts other versions only; undefined if the command may go on. */
export function refuseVersion(
  { id: walletId, version }: Wallet,
  expectedVersions: readonly number[] | undefined,
): Decision | undefined {
  if (expectedVersions?.includes(version) !== false) return undefined;
  const detail = `Wallet "${walletId}" has version ${version}, which If-Match does not name.`;
  return rejected({ code: 'VERSION_MISMATCH', walletId, detail, currentVersion: version });
}

/** WALLET_CLOSED; undefined if the wallet is open. */
export function refuseClosed({ id: walletId, status }: Wallet): Decision | undefined {
  if (status !== 'closed') return undefined;
  return rejected({ code: 'WALLET_CLOSED', walletId, detail: `Wallet "${walletId}" is closed.` });
}

/** WALLET_CLOSED or WALLET_FROZEN; undefined if money may move in this direction. */
export function refuseState(wallet: Wallet, direction: 'debits' | 'credits'): Decision | undefined {
  return refuseClosed(wallet) ?? refuseFrozen(wallet, direction);
}

/** The same for both sides of a movement. A wallet that is closed comes before one that is frozen. */
export function refuseStates(giver: Wallet | undefined, getter: Wallet | undefined): Decision | undefined {
  return (
    (giver && refuseClosed(giver)) ??
    (getter && refuseClosed(getter)) ??
    (giver && refuseFrozen(giver, 'debits')) ??
    (getter && refuseFrozen(getter, 'credits'))
  );
}

export function refuseFrozen(wallet: Wallet, direction: 'debits' | 'credits'): Decision | undefined {
  const { freeze } = wallet.terms;
  return wallet.status === 'frozen' && freeze !== null && isFrozenFor(freeze, direction)
    ? frozen(wallet, `is frozen for ${freeze.scope === 'all' ? 'debits and credits' : freeze.scope}`)
    : undefined;
}

/** WALLET_FROZEN. `why` goes on with the sentence about the wallet. */
export function frozen({ id: walletId, terms }: Wallet, why: string): Decision {
  const facts = terms.freeze === null ? {} : { facts: { freezeScope: terms.freeze.scope } };
  return rejected({ code: 'WALLET_FROZEN', walletId, detail: `Wallet "${walletId}" ${why}.`, ...facts });
}

/** The amount of a movement, which is more than zero; otherwise AMOUNT_INVALID. */
export function parseMovedAmount(amount: string, wallet: Wallet): bigint | Decision {
  const minor = parseAmount(amount, wallet.currency);
  if (typeof minor !== 'bigint') return amountInvalid(wallet.id, 'amount', minor.refused);
  return minor > 0n ? minor : amountInvalid(wallet.id, 'amount', 'must be more than zero');
}

export function notFound(walletId: string): Decision {
  return rejected({ code: 'WALLET_NOT_FOUND', walletId, detail: `There is no wallet "${walletId}".` });
}

export function amountInvalid(walletId: string, name: RefusedField, refused: string): Decision {
  return rejected({
    code: 'AMOUNT_INVALID',
    walletId,
    detail: `${name} ${refused}.`,
    field: { name, refused },
  });
}

export function expiryInvalid(walletId: string, name: RefusedField, refused: string): Decision {
  return rejected({
    code: 'EXPIRY_INVALID',
    walletId,
    detail: `${name} ${refused}.`,
    field: { name, refused },
  });
}

export function currencyMismatch(source: Wallet, target: Wallet): Decision {
  const detail = `Wallet "${source.id}" holds ${source.currency}, wallet "${target.id}" holds ${target.currency}.`;
  return rejected({ code: 'CURRENCY_MISMATCH', walletId: target.id, detail });
}

/** INSUFFICIENT_FUNDS if the wallet can't give the amount; undefined if it can. */
export function refuseFunds(wallet: Wallet, amountMinor: bigint): Decision | undefined {
  const left = availableMinor(wallet);
  if (amountMinor <= left) return undefined;
  const { id: walletId, currency, heldMinor } = wallet;
  // A credit line that was narrowed by nobody is never overdrawn, so what is available is 0 or more.
  const available = formatAmount(left, currency);
  const requested = formatAmount(amountMinor, currency);
  const detail = `Wallet "${walletId}" has ${available} ${currency} available, less than ${requested}.`;
  const numbers = { available, held: formatAmount(heldMinor, currency), requested, currency };
  return rejected({ code: 'INSUFFICIENT_FUNDS', walletId, detail, numbers });
}

/**
 * BALANCE_LIMIT_EXCEEDED if the amount takes the balance above its maximum; undefined if it fits. Leaves out
 * the balance, because the wallet may be another owner's, to whom the caller sends money.
 */
export function refuseAboveMaximum(wallet: Wallet, amountMinor: bigint): Decision | undefined {
  const { id: walletId, currency, balanceMinor, terms } = wallet;
  if (balanceMinor + amountMinor <= terms.maximumMinor) return undefined;
  const limit = formatAmount(terms.maximumMinor, currency);
  const detail = `The balance of wallet "${walletId}" would exceed ${limit} ${currency}.`;
  const numbers = { requested: formatAmount(amountMinor, currency), limit, currency };
  return rejected({ code: 'BALANCE_LIMIT_EXCEEDED', walletId, detail, numbers });
}
