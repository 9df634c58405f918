// Specifies the requests about a wallet itself: freeze, unfreeze, close, limits and details.
import { decimalOf, largestMinor, minorOf, signedMinorOf } from './amounts.ts';
import { type Plan, refuseTransferUse, transferSteps } from './movements.ts';
import {
  first,
  refuse,
  refuseClosed,
  refuseFrozen,
  refuseFunds,
  refuseMaximum,
  type Refused,
  refuseVersion,
} from './refusals.ts';
import { alertRulesText, givenAlertRules } from './alerts.ts';
import type {
  AlertsRequest,
  CloseRequest,
  DetailsRequest,
  FreezeRequest,
  LimitsRequest,
  UnfreezeRequest,
  VelocityRequest,
} from './requests.ts';
import { givenRules, type RulesGiven } from './velocity.ts';
import {
  heldOf,
  isDue,
  type ModelFreeze,
  type ModelWallet,
  type ModelWallets,
  openHoldsOf,
} from './wallets.ts';

/** The request asks for what is so already. */
const nothing: Plan = { steps: [] };

function openWallet(
  wallets: ModelWallets,
  { walletId, ifMatch }: { readonly walletId: string; readonly ifMatch?: readonly number[] },
): ModelWallet | Refused {
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  return first(refuseVersion(wallet, ifMatch), refuseClosed(wallet)) ?? wallet;
}

export function planFreeze(wallets: ModelWallets, request: FreezeRequest, at: string): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  const { scope, reason, holds = 'honor' } = request;
  const until = request.until && new Date(request.until).toISOString();
  if (until !== undefined && isDue(until, at)) return refuse('EXPIRY_INVALID', wallet.id, { field: 'until' });
  const freeze: ModelFreeze = { scope, reason, holds, until };
  const names = ['scope', 'reason', 'holds', 'until'] as const;
  if (names.every((name) => wallet.freeze?.[name] === freeze[name]) && wallet.freeze) return nothing;
  const change = () => ({ status: 'frozen', freeze }) as const;
  return { steps: [{ type: 'WalletFrozen', walletId: wallet.id, change }] };
}

export function planUnfreeze(wallets: ModelWallets, request: UnfreezeRequest): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  if (wallet.status !== 'frozen') return nothing;
  const change = () => ({ status: 'active', freeze: undefined }) as const;
  return { steps: [{ type: 'WalletUnfrozen', walletId: wallet.id, change }] };
}

export function planClose(wallets: ModelWallets, request: CloseRequest, at: string): Plan | Refused {
  const { walletId, sweepToWalletId, ifMatch } = request;
  if (walletId === sweepToWalletId) return refuse('SAME_WALLET', walletId);
  const wallet = wallets.get(walletId);
  const target = sweepToWalletId === undefined ? undefined : wallets.get(sweepToWalletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  if (sweepToWalletId !== undefined && target === undefined)
    return refuse('WALLET_NOT_FOUND', sweepToWalletId);
  const refused = refuseVersion(wallet, ifMatch);
  if (refused !== undefined) return refused;
  if (wallet.status === 'closed') return nothing;
  const { balanceMinor: rest, currency } = wallet;
  const openHolds = openHoldsOf(wallet);
  const numbers = {
    ...{ walletBalance: decimalOf(rest, currency), held: decimalOf(heldOf(wallet), currency), currency },
  };
  const notEmpty = refuse('WALLET_NOT_EMPTY', walletId, { numbers, facts: { openHolds } });
  const end = {
    type: 'WalletClosed',
    walletId,
    change: () => ({ status: 'closed', freeze: undefined }) as const,
  };
  if (target === undefined || rest <= 0n) return rest === 0n && openHolds === 0 ? { steps: [end] } : notEmpty;
  const unable = first(
    refuseClosed(target),
    refuseFrozen(wallet, target),
    currency === target.currency ? undefined : refuse('CURRENCY_MISMATCH', target.id),
    openHolds > 0 ? notEmpty : undefined,
    refuseTransferUse(wallet, target, rest, at),
    refuseFunds(wallet, rest),
    refuseMaximum(target, rest),
  );
  return unable ?? { steps: [...transferSteps(wallet, target, rest), end] };
}

export function planLimits(wallets: ModelWallets, request: LimitsRequest): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  const { id, currency, balanceMinor } = wallet;
  const { minimumBalance, maximumBalance } = request;
  const minimumMinor = minimumBalance === undefined ? 0n : signedMinorOf(minimumBalance, currency);
  const maximumMinor = maximumBalance === undefined ? largestMinor : minorOf(maximumBalance, currency);
  if (minimumMinor === undefined) return refuse('AMOUNT_INVALID', id, { field: 'minimumBalance' });
  if (maximumMinor === undefined || maximumMinor < minimumMinor)
    return refuse('AMOUNT_INVALID', id, { field: 'maximumBalance' });
  const held = heldOf(wallet);
  const below = (limitMinor: bigint) => {
    const numbers = {
      ...{ walletBalance: decimalOf(balanceMinor, currency), held: decimalOf(held, currency) },
      ...{ limit: decimalOf(limitMinor, currency), currency },
    };
    return refuse('LIMIT_BELOW_USE', id, { numbers });
  };
  if (balanceMinor - held < minimumMinor) return below(minimumMinor);
  if (balanceMinor > maximumMinor) return below(maximumMinor);
  if (minimumMinor === wallet.minimumMinor && maximumMinor === wallet.maximumMinor) return nothing;
  const change = () => ({ minimumMinor, maximumMinor });
  return { steps: [{ type: 'WalletLimitsChanged', walletId: id, change }] };
}

/** All rules are replaced. One that keeps its name, window and direction goes on counting. */
export function planVelocity(wallets: ModelWallets, request: VelocityRequest): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  const given = givenRules(wallet, request);
  if ('refusal' in given) return given;
  const namesOf = ({ name, window, direction }: RulesGiven) => `${name} ${window} ${direction}`;
  const allOf = (rules: readonly RulesGiven[]) =>
    rules.map((rule) => `${namesOf(rule)} ${rule.maxMinor ?? ''} ${rule.maxCount ?? ''}`).join();
  if (allOf(wallet.rules) === allOf(given)) return nothing;
  const change = (before: ModelWallet, sinceVersion: number, since: string) => ({
    rules: given.map((rule) => {
      const kept = before.rules.find((earlier) => namesOf(earlier) === namesOf(rule));
      return { ...{ since, sinceVersion }, ...kept, ...rule };
    }),
  });
  return { steps: [{ type: 'VelocityRulesChanged', walletId: wallet.id, change }] };
}

/** All rules are replaced. */
export function planAlerts(wallets: ModelWallets, request: AlertsRequest): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  const alertRules = givenAlertRules(wallet, request);
  if ('refusal' in alertRules) return alertRules;
  const { currency } = wallet;
  if (alertRulesText(wallet) === alertRulesText({ alertRules, currency })) return nothing;
  return { steps: [{ type: 'AlertRulesChanged', walletId: wallet.id, change: () => ({ alertRules }) }] };
}

/** A merge patch of the metadata. Labels are replaced as a whole. */
export function planDetails(wallets: ModelWallets, request: DetailsRequest): Plan | Refused {
  const wallet = openWallet(wallets, request);
  if ('refusal' in wallet) return wallet;
  const patched = new Map<string, string | null>(Object.entries(wallet.metadata));
  for (const [name, value] of Object.entries(request.metadata ?? {})) patched.set(name, value);
  const kept = [...patched].filter((entry): entry is [string, string] => entry[1] !== null);
  const metadata = Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
  const labels = [...new Set(request.labels ?? wallet.labels)].sort();
  const bytes = new TextEncoder().encode(JSON.stringify(metadata)).length;
  if (kept.length > 50 || bytes > 8192 || labels.length > 20) return refuse('DETAILS_TOO_LARGE', wallet.id);
  const before = JSON.stringify([wallet.metadata, wallet.labels]);
  if (before === JSON.stringify([metadata, labels])) return nothing;
  const change = () => ({ metadata, labels });
  return { steps: [{ type: 'WalletDetailsChanged', walletId: wallet.id, change }] };
}
