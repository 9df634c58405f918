// The rejections, each with its sentence for the caller, and the checks that several commands share.
import { amountMinorMax, formatAmount, parseAmount } from '../money.ts';
import type { Rejection } from '../rejections.ts';
import type { Wallet } from '../wallet.ts';
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

/** The amount of a movement, which is more than zero; otherwise AMOUNT_INVALID. */
export function parseMovedAmount(amount: string, wallet: Wallet): bigint | Decision {
  const minor = parseAmount(amount, wallet.currency);
  if (typeof minor !== 'bigint') return amountInvalid(wallet.id, 'amount', minor.refused);
  return minor > 0n ? minor : amountInvalid(wallet.id, 'amount', 'must be more than zero');
}

export function notFound(walletId: string): Decision {
  return rejected({ code: 'WALLET_NOT_FOUND', walletId, detail: `There is no wallet "${walletId}".` });
}

export function amountInvalid(
  walletId: string,
  name: 'amount' | 'initialBalance',
  refused: string,
): Decision {
  return rejected({
    code: 'AMOUNT_INVALID',
    walletId,
    detail: `${name} ${refused}.`,
    field: { name, refused },
  });
}

export function insufficientFunds(wallet: Wallet, amountMinor: bigint): Decision {
  const { id: walletId, currency } = wallet;
  const available = formatAmount(wallet.balanceMinor, currency);
  const requested = formatAmount(amountMinor, currency);
  const detail = `Wallet "${walletId}" holds ${available} ${currency}, less than ${requested}.`;
  // There are no holds yet. The member is there already, so that a caller can rely on it.
  const held = formatAmount(0n, currency);
  const numbers = { available, held, requested, currency };
  return rejected({ code: 'INSUFFICIENT_FUNDS', walletId, detail, numbers });
}

/** Leaves out the balance, because the wallet may be another owner's, to whom the caller sends money. */
export function limitExceeded({ id: walletId, currency }: Wallet, amountMinor: bigint): Decision {
  const limit = formatAmount(amountMinorMax, currency);
  const detail = `The balance of wallet "${walletId}" would exceed ${limit} ${currency}.`;
  const numbers = { requested: formatAmount(amountMinor, currency), limit, currency };
  return rejected({ code: 'BALANCE_LIMIT_EXCEEDED', walletId, detail, numbers });
}
