// Specifies velocity rules. A wallet remembers all that was ever counted, and each question sums it up.
import { decimalOf, minorOf } from './amounts.ts';
import { refuse, type Refused } from './refusals.ts';
import type { VelocityRequest } from './requests.ts';
import type { ModelCount, ModelHold, ModelRule, ModelWallet } from './wallets.ts';

/** Two times with one name lie in one window. */
function windowOf(window: ModelRule['window'], at: string): string {
  return { transaction: at, day: at.slice(0, 10), month: at.slice(0, 7), lifetime: '' }[window];
}

function endOf(window: ModelRule['window'], at: string): string | undefined {
  const end = new Date(`${at.slice(0, 7)}-01T00:00:00.000Z`);
  if (window === 'month') end.setUTCMonth(end.getUTCMonth() + 1);
  else if (window === 'day') end.setTime(Date.parse(at.slice(0, 10)) + 24 * 3_600_000);
  else return undefined;
  return end.toISOString();
}

/** The use of the rule in the window of `at`. */
function usedOf({ counts }: ModelWallet, rule: ModelRule, at: string): { minor: bigint; count: number } {
  const { window, direction, since, sinceVersion } = rule;
  const used = { minor: 0n, count: 0 };
  if (window === 'transaction') return used;
  for (const one of counts) {
    if (one.direction !== direction || one.version <= sinceVersion) continue;
    if (windowOf(window, one.at) !== windowOf(window, at)) continue;
    // A hold that was placed in another window, or not surely under the rule, stays counted.
    const { placedAt } = one;
    if (placedAt !== undefined && (placedAt <= since || windowOf(window, placedAt) !== windowOf(window, at)))
      continue;
    used.minor += one.minor;
    used.count += one.count;
  }
  return used;
}

interface Asked {
  readonly direction: 'out' | 'in';
  readonly minor: bigint;
  /** The whole of a hold. A rule of one movement judges it. */
  readonly wholeMinor?: bigint;
  readonly count?: 0 | 1;
  /** The wallet may be another owner's, so its use is not told. */
  readonly ofOther?: boolean;
}

/** The time of what happens to these wallets. It goes back for none of them. */
export function timeFor(at: string, ...wallets: readonly (ModelWallet | undefined)[]): string {
  return [at, ...wallets.map((wallet) => wallet?.updatedAt ?? '')].sort().at(-1) as string;
}

export function refuseUse(wallet: ModelWallet, asked: Asked, at: string): Refused | undefined {
  const { direction, minor, wholeMinor = minor, count = 1, ofOther = false } = asked;
  const { id, currency } = wallet;
  for (const rule of wallet.rules) {
    const { name, window, maxMinor, maxCount } = rule;
    if (rule.direction !== direction) continue;
    const used = usedOf(wallet, rule, at);
    const byAmount =
      maxMinor !== undefined && (window === 'transaction' ? wholeMinor : used.minor + minor) > maxMinor;
    const byCount = maxCount !== undefined && count === 1 && used.count + 1 > maxCount;
    if (!byAmount && !byCount) continue;
    const money = (amount: bigint) => decimalOf(amount, currency);
    const isTold = !ofOther && window !== 'transaction';
    const resetsAt = endOf(window, at);
    const requested = money(window === 'transaction' ? wholeMinor : minor);
    return refuse('LIMIT_EXCEEDED', id, {
      ...(byAmount && { numbers: { requested, currency } }),
      facts: {
        ...{ rule: name, window, measure: byAmount ? 'amount' : 'count' },
        ...(isTold && { used: byAmount ? money(used.minor) : String(used.count) }),
        max: byAmount ? money(maxMinor) : String(maxCount),
        ...(resetsAt !== undefined && { resetsAt }),
      },
    });
  }
  return undefined;
}

/** The wallet with one more count. */
export function counting({ counts }: ModelWallet, count: ModelCount): Pick<ModelWallet, 'counts'> {
  return { counts: [...counts, count] };
}

/** Gives a part of a hold back. A hold of which nothing was taken is no movement any more. */
export function uncounting(
  wallet: ModelWallet,
  { createdAt }: ModelHold,
  minor: bigint,
  { version, at, isGone }: { readonly version: number; readonly at: string; readonly isGone: boolean },
): Pick<ModelWallet, 'counts'> {
  const count = isGone ? -1 : 0;
  return counting(wallet, { direction: 'out', minor: -minor, count, version, at, placedAt: createdAt });
}

export type RulesGiven = Pick<ModelRule, 'name' | 'window' | 'direction' | 'maxMinor' | 'maxCount'>;

/** The rules of a request in order of their names. */
export function givenRules(wallet: ModelWallet, { rules }: VelocityRequest): readonly RulesGiven[] | Refused {
  const { id, currency } = wallet;
  const given: RulesGiven[] = [];
  for (const [index, { maxAmount, ...rule }] of rules.entries()) {
    const maxMinor = maxAmount === undefined ? undefined : minorOf(maxAmount, currency);
    const isWrong = maxAmount !== undefined && (maxMinor === undefined || maxMinor === 0n);
    if (isWrong) return refuse('AMOUNT_INVALID', id, { field: `rules/${index}/maxAmount` });
    given.push({ ...rule, maxMinor, maxCount: rule.maxCount });
  }
  return given.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The rules as every answer shows them, to the byte. */
export function rulesText(wallet: ModelWallet, at: string): string {
  const money = (minor: bigint) => decimalOf(minor, wallet.currency);
  const texts = wallet.rules.map((rule) => {
    const { name, window, direction, maxMinor, maxCount, since } = rule;
    const used = usedOf(wallet, rule, at);
    const end = endOf(window, at);
    const members = [
      ...[`"name":"${name}"`, `"window":"${window}"`, `"direction":"${direction}"`],
      ...(maxMinor === undefined ? [] : [`"maxAmount":${money(maxMinor)}`]),
      ...(maxCount === undefined ? [] : [`"maxCount":${maxCount}`]),
      ...(window === 'transaction' ? [] : [`"usedAmount":${money(used.minor)}`, `"usedCount":${used.count}`]),
      `"since":"${since}"`,
      ...(end === undefined ? [] : [`"resetsAt":"${end}"`]),
    ];
    return `{${members.join()}}`;
  });
  return `[${texts.join()}]`;
}
