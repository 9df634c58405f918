// Checks a movement against the velocity rules of a wallet. It runs under the wallet's lock, on the uses that
// were loaded with the wallet.
//
// Invariant: a wallet whose uses are missing moves nothing (`usesOf` throws).
import { formatAmount } from '../money.ts';
import type { State } from '../state.ts';
import type { VelocityDirection } from '../velocity.ts';
import { resetsAt, type RuleUse, useAt, usesOf } from '../velocityUse.ts';
import type { Wallet } from '../wallet.ts';
import { type Decision, timeOfEvents } from './decision.ts';
import { rejected } from './rejected.ts';

interface Movement {
  readonly direction: VelocityDirection;
  /** The amount that is counted now. */
  readonly amountMinor: bigint;
  /** The whole of a hold of which a part is counted now. A rule of one movement judges the whole. */
  readonly wholeMinor?: bigint;
  /** 0 if the movement was counted before, and only its amount grows. */
  readonly count?: 0 | 1;
  /** The wallet may be another owner's, to whom the caller sends money. Its use is not told. */
  readonly ofOther?: true;
}

/**
 * LIMIT_EXCEEDED by the first rule that the movement breaks; undefined if all allow it. `beside` is the other
 * wallet of the command, because the events of both have one time. A wallet without rules costs a comparison.
 */
export function refuseUse(
  wallet: Wallet,
  state: State,
  movement: Movement,
  now: Date,
  beside?: Wallet,
): Decision | undefined {
  if (wallet.terms.velocityRules === 0) return undefined;
  const at = timeOfEvents([wallet, beside], now);
  for (const use of usesOf(wallet, state.uses)) {
    if (use.direction !== movement.direction) continue;
    const measure = measureExceeded(useAt(use, at), movement);
    if (measure !== undefined) return limitExceeded(wallet, useAt(use, at), movement, measure);
  }
  return undefined;
}

/** The same for both sides of a transfer. */
export function refuseTransferUse(
  source: Wallet,
  target: Wallet,
  state: State,
  amountMinor: bigint,
  now: Date,
): Decision | undefined {
  return (
    refuseUse(source, state, { direction: 'out', amountMinor }, now, target) ??
    refuseUse(target, state, { direction: 'in', amountMinor, ofOther: true }, now, source)
  );
}

function measureExceeded(use: RuleUse, movement: Movement): 'amount' | 'count' | undefined {
  const { amountMinor, wholeMinor = amountMinor, count = 1 } = movement;
  const { maxAmountMinor, maxCount, usedMinor, usedCount } = use;
  const amountAfter = use.window === 'transaction' ? wholeMinor : usedMinor + amountMinor;
  if (maxAmountMinor !== null && amountAfter > maxAmountMinor) return 'amount';
  return maxCount !== null && count > 0 && usedCount + count > maxCount ? 'count' : undefined;
}

const windowWords = {
  transaction: 'at once',
  day: 'a day',
  month: 'a month',
  lifetime: 'in its lifetime',
} as const;

function limitExceeded(
  { id: walletId, currency }: Wallet,
  use: RuleUse,
  { direction, amountMinor, wholeMinor, ofOther }: Movement,
  measure: 'amount' | 'count',
): Decision {
  const { name: rule, window } = use;
  const isAmount = measure === 'amount';
  const text = (minor: bigint) => formatAmount(minor, currency);
  const max = isAmount ? text(use.maxAmountMinor ?? 0n) : String(use.maxCount);
  const used = isAmount ? text(use.usedMinor) : String(use.usedCount);
  const isTold = ofOther === undefined && window !== 'transaction';
  const most = isAmount ? `${max} ${currency}` : `${max} movements`;
  const way = direction === 'out' ? 'out of' : 'into';
  const rest = isTold ? `, of which ${used} are used` : '';
  const detail = `Rule "${rule}" allows ${most} ${way} wallet "${walletId}" ${windowWords[window]}${rest}.`;
  const end = resetsAt(use);
  const asked = window === 'transaction' ? (wholeMinor ?? amountMinor) : amountMinor;
  return rejected({
    code: 'LIMIT_EXCEEDED',
    ...{ walletId, detail },
    ...(isAmount && { numbers: { requested: text(asked), currency } }),
    facts: {
      ...{ rule, window, measure },
      ...(isTold && { used }),
      max,
      ...(end && { resetsAt: end.toISOString() }),
    },
  });
}
