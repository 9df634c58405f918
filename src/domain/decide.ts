// The rules: given the wallets as they are and a command, what happens or why nothing does. Pure: time comes in,
// events or a rejection go out. Checks run in the order of `rejectionCodes`.
import type { Command, CreateWallet, CreditWallet, DebitWallet, TransferFunds } from './commands.ts';
import type { NewEvent, WalletEvent } from './events.ts';
import { amountMinorMax, formatAmount, parseAmount } from './money.ts';
import type { Rejection } from './rejections.ts';
import { evolve, type Wallet } from './wallet.ts';

/** What an accepted command leads to. */
export interface Acceptance {
  readonly events: readonly NewEvent[];
  /** The command's wallets after those events, in the order in which the command names them. */
  readonly wallets: readonly Wallet[];
}

export type Decision = { readonly accepted: Acceptance } | { readonly rejected: Rejection };

/** The wallets that exist, by id, as their last event left them. */
export type Wallets = ReadonlyMap<string, Wallet>;

/** Decides one command at time `now`. Never throws for anything that a caller sent. */
export function decide(command: Command, wallets: Wallets, now: Date): Decision {
  switch (command.type) {
    case 'CreateWallet':
      return decideCreate(command, wallets, now);
    case 'CreditWallet':
      return decideCredit(command, wallets, now);
    case 'DebitWallet':
      return decideDebit(command, wallets, now);
    case 'TransferFunds':
      return decideTransfer(command, wallets, now);
    default:
      return command satisfies never;
  }
}

function decideCreate(command: CreateWallet, wallets: Wallets, now: Date): Decision {
  const { walletId, ownerId, currency, initialBalance } = command;
  if (wallets.has(walletId)) {
    return rejected({
      code: 'WALLET_ALREADY_EXISTS',
      walletId,
      detail: `Wallet "${walletId}" exists already.`,
    });
  }
  const balanceMinor = parseAmount(initialBalance, currency);
  if (typeof balanceMinor !== 'bigint')
    return amountInvalid(walletId, 'initialBalance', balanceMinor.refused);
  return accepted([[undefined, walletId, { type: 'WalletCreated', ownerId, currency, balanceMinor }]], now);
}

function decideCredit(command: CreditWallet, wallets: Wallets, now: Date): Decision {
  const { walletId, description } = command;
  const wallet = wallets.get(walletId);
  const refusal = refuseWallet(wallet, command);
  if (wallet === undefined || refusal !== undefined) return refusal ?? notFound(walletId);
  const amountMinor = parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const balanceMinor = wallet.balanceMinor + amountMinor;
  if (balanceMinor > amountMinorMax) return limitExceeded(wallet);
  const { currency } = wallet;
  return accepted(
    [[wallet, walletId, { type: 'WalletCredited', currency, amountMinor, balanceMinor, description }]],
    now,
  );
}

function decideDebit(command: DebitWallet, wallets: Wallets, now: Date): Decision {
  const { walletId, description } = command;
  const wallet = wallets.get(walletId);
  const refusal = refuseWallet(wallet, command);
  if (wallet === undefined || refusal !== undefined) return refusal ?? notFound(walletId);
  const amountMinor = parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const balanceMinor = wallet.balanceMinor - amountMinor;
  if (balanceMinor < 0n) return insufficientFunds(wallet, amountMinor);
  const { currency } = wallet;
  return accepted(
    [[wallet, walletId, { type: 'WalletDebited', currency, amountMinor, balanceMinor, description }]],
    now,
  );
}

function decideTransfer(command: TransferFunds, wallets: Wallets, now: Date): Decision {
  const { walletId, toWalletId, transferId, description } = command;
  if (walletId === toWalletId) {
    return rejected({ code: 'SAME_WALLET', walletId, detail: 'A transfer needs two different wallets.' });
  }
  const source = wallets.get(walletId);
  const target = wallets.get(toWalletId);
  if (source === undefined) return notFound(walletId);
  if (target === undefined) return notFound(toWalletId);
  const refusal = refuseWallet(source, command);
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, source);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const { currency } = source;
  if (currency !== target.currency) {
    const detail = `Wallet "${walletId}" holds ${currency}, wallet "${toWalletId}" holds ${target.currency}.`;
    return rejected({ code: 'CURRENCY_MISMATCH', walletId: toWalletId, detail });
  }
  const balanceMinor = source.balanceMinor - amountMinor;
  const toBalanceMinor = target.balanceMinor + amountMinor;
  if (balanceMinor < 0n) return insufficientFunds(source, amountMinor);
  if (toBalanceMinor > amountMinorMax) return limitExceeded(target);
  const shared = { transferId, currency, amountMinor, description };
  return accepted(
    [
      [source, walletId, { type: 'TransferSent', toWalletId, balanceMinor, toBalanceMinor, ...shared }],
      [
        target,
        toWalletId,
        { type: 'TransferReceived', fromWalletId: walletId, balanceMinor: toBalanceMinor, ...shared },
      ],
    ],
    now,
  );
}

/** One event per changed wallet: the wallet before it, its id, and what happens. */
type Change = readonly [Wallet | undefined, string, WalletEvent];

function accepted(changes: readonly Change[], now: Date): Decision {
  // A wallet's time never runs backwards, though the clocks of two processes differ: balances at a time and
  // statements by date read the events in order of both version and time.
  const latest = Math.max(now.getTime(), ...changes.map(([wallet]) => wallet?.updatedAt.getTime() ?? 0));
  const occurredAt = new Date(latest);
  const events = changes.map(([wallet, walletId, event]): NewEvent => ({
    walletId,
    version: (wallet?.version ?? 0) + 1,
    occurredAt,
    event,
  }));
  const wallets = changes.map(([wallet], index) => evolve(wallet, events[index] as NewEvent));
  return { accepted: { events, wallets } };
}

function refuseWallet(
  wallet: Wallet | undefined,
  { walletId, expectedVersions }: CreditWallet | DebitWallet | TransferFunds,
): Decision | undefined {
  if (wallet === undefined) return notFound(walletId);
  if (expectedVersions?.includes(wallet.version) !== false) return undefined;
  const detail = `Wallet "${walletId}" has version ${wallet.version}, which If-Match does not name.`;
  return rejected({ code: 'VERSION_MISMATCH', walletId, detail, currentVersion: wallet.version });
}

/** The amount of a movement: as for any amount, but more than zero. */
function parseMovedAmount(amount: string, wallet: Wallet): bigint | Decision {
  const minor = parseAmount(amount, wallet.currency);
  if (typeof minor !== 'bigint') return amountInvalid(wallet.id, 'amount', minor.refused);
  return minor > 0n ? minor : amountInvalid(wallet.id, 'amount', 'must be more than zero');
}

function rejected(rejection: Rejection): Decision {
  return { rejected: rejection };
}

function notFound(walletId: string): Decision {
  return rejected({ code: 'WALLET_NOT_FOUND', walletId, detail: `There is no wallet "${walletId}".` });
}

function amountInvalid(walletId: string, name: 'amount' | 'initialBalance', refused: string): Decision {
  return rejected({
    code: 'AMOUNT_INVALID',
    walletId,
    detail: `${name} ${refused}.`,
    field: { name, refused },
  });
}

function insufficientFunds(wallet: Wallet, amountMinor: bigint): Decision {
  const { id: walletId, currency } = wallet;
  const has = formatAmount(wallet.balanceMinor, currency);
  const detail = `Wallet "${walletId}" holds ${has} ${currency}, less than ${formatAmount(amountMinor, currency)}.`;
  return rejected({ code: 'INSUFFICIENT_FUNDS', walletId, detail });
}

function limitExceeded({ id: walletId, currency }: Wallet): Decision {
  const limit = formatAmount(amountMinorMax, currency);
  const detail = `The balance of wallet "${walletId}" would exceed ${limit} ${currency}.`;
  return rejected({ code: 'BALANCE_LIMIT_EXCEEDED', walletId, detail });
}
