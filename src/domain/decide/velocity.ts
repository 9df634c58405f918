// The decision about the velocity rules of a wallet. All rules are replaced at once. A rule may be below what
// was used already. It then refuses until its window ends.
import type { ChangeVelocity, GivenVelocityRule } from '../commands.ts';
import { parseAmount } from '../money.ts';
import type { State } from '../state.ts';
import type { VelocityRule } from '../velocity.ts';
import { type RuleUse, useAt, usesOf } from '../velocityUse.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, alreadySo, type Decision, timeOfEvents } from './decision.ts';
import { openWalletOf } from './lifecycle.ts';
import { amountInvalid } from './rejected.ts';

/** Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED or AMOUNT_INVALID. */
export function decideVelocity(command: ChangeVelocity, state: State, now: Date): Decision {
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  const rules: VelocityRule[] = [];
  for (const [index, given] of command.rules.entries()) {
    const maxAmountMinor = maxAmountOf(given, index, wallet);
    if (maxAmountMinor !== null && typeof maxAmountMinor !== 'bigint') return maxAmountMinor;
    const { name, window, direction, maxCount } = given;
    rules.push({ name, window, direction, maxAmountMinor, maxCount });
  }
  rules.sort((one, other) => (one.name < other.name ? -1 : 1));
  const at = timeOfEvents([wallet], now);
  const before = usesOf(wallet, state.uses);
  if (textOf(before) === textOf(rules)) return withUses(alreadySo(wallet), before, at);
  const { id, currency, balanceMinor } = wallet;
  const terms = { ...wallet.terms, velocityRules: rules.length };
  const decision = accepted(
    state,
    [[id, { type: 'VelocityRulesChanged', currency, balanceMinor, terms, rules }]],
    now,
  );
  const after = 'accepted' in decision ? (decision.accepted.changes.uses.get(id) ?? []) : [];
  return withUses(decision, after, at);
}

function maxAmountOf(
  { maxAmount }: GivenVelocityRule,
  index: number,
  wallet: Wallet,
): bigint | null | Decision {
  if (maxAmount === null) return null;
  const name = `rules/${index}/maxAmount` as const;
  const minor = parseAmount(maxAmount, wallet.currency);
  if (typeof minor !== 'bigint') return amountInvalid(wallet.id, name, minor.refused);
  return minor > 0n ? minor : amountInvalid(wallet.id, name, 'must be more than zero');
}

/** The rules without their uses, as one text. */
function textOf(rules: readonly VelocityRule[]): string {
  return JSON.stringify(
    rules.map(({ name, window, direction, maxAmountMinor, maxCount }) => [
      ...[name, window, direction, maxAmountMinor?.toString(), maxCount],
    ]),
  );
}

function withUses(decision: Decision, uses: readonly RuleUse[], at: Date): Decision {
  if ('rejected' in decision) return decision;
  const facts = { uses: uses.map((use) => useAt(use, at)) };
  return { accepted: { ...decision.accepted, facts } };
}
