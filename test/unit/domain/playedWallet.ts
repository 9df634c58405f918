// One wallet of 100.00 USD on which commands are decided one after the other. Each gives the types of its
// events, or the code of its refusal.
import type { Command, Expiry, GivenAlertRule, GivenVelocityRule } from '../../../src/domain/commands.ts';
import { applyChanges } from '../../../src/domain/decide/changes.ts';
import { decide } from '../../../src/domain/decide/decide.ts';
import type { Rejection } from '../../../src/domain/rejections.ts';
import { emptyState } from '../../../src/domain/state.ts';

const onWallet = { walletId: 'w', expectedVersions: undefined };
const description = '';

export function openWallet() {
  const state = emptyState();
  let nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  let refusal: Rejection | undefined;
  let alerts: readonly string[] = [];
  const when = (command: Command) => {
    const decision = decide(command, state, new Date(nowMs));
    if ('rejected' in decision) {
      refusal = decision.rejected;
      return refusal.code;
    }
    const { changes, events } = decision.accepted;
    applyChanges(state, changes);
    alerts = events.flatMap(({ walletId, event }) =>
      (event.alerts ?? []).map(({ name }) => `${walletId} ${event.type} ${name}`),
    );
    return events.map(({ event }) => event.type);
  };
  when({ type: 'CreateWallet', walletId: 'w', ownerId: 'o', currency: 'USD', initialBalance: '100' });

  const reverse = (amount: string, kind: 'credit' | 'debit' = 'debit') =>
    when({
      ...{
        type: 'ReverseMovement',
        ...onWallet,
        version: 2,
        returnId: 'r',
        amount,
        reason: 'refund',
        description,
      },
      original: { walletId: 'w', version: 2, kind, amountMinor: 1000n, toWalletId: undefined },
    });
  return {
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** The clock of the database says this time from now on. */
    clockSays: (time: string) => {
      nowMs = Date.parse(time);
    },
    ...ofHold(when),
    credit: (amount: string) => when({ type: 'CreditWallet', ...onWallet, amount, description }),
    debit: (amount: string) => when({ type: 'DebitWallet', ...onWallet, amount, description }),
    reverse,
    freeze: () => {
      const freeze = { scope: 'debits', reason: 'stolen card', holds: 'honor', until: undefined } as const;
      return when({ type: 'FreezeWallet', ...onWallet, ...freeze });
    },
    close: () =>
      when({ type: 'CloseWallet', ...onWallet, reason: '', sweepToWalletId: undefined, transferId: 't' }),
    limits: (minimumBalance: string) =>
      when({ type: 'ChangeLimits', ...onWallet, minimumBalance, maximumBalance: undefined }),
    /** A rule without a direction is about what leaves the wallet. */
    velocity: (...rules: readonly (Partial<GivenVelocityRule> & Pick<GivenVelocityRule, 'window'>)[]) =>
      when({
        type: 'ChangeVelocity',
        ...onWallet,
        rules: rules.map((rule) => ({
          ...{ name: 'r', direction: 'out', maxAmount: null, maxCount: null },
          ...rule,
        })),
      }),
    setAlerts: (...alerts: readonly GivenAlertRule[]) => when({ type: 'ChangeAlerts', ...onWallet, alerts }),
    /** The alerts of the last accepted command: wallet, type of the event, and name of the rule. */
    alerts: () => alerts,
    when,
    /** The state as it is stored. A test may break it. */
    state,
    /** The last refusal. */
    refusal: () => refusal,
    patch: (metadata: Record<string, string | null>) =>
      when({ type: 'ChangeDetails', ...onWallet, metadata, labels: undefined }),
    metadata: () => state.details.get('w')?.metadata,
  };
}

/** The commands on the one hold of the wallet. */
function ofHold<Outcome>(when: (command: Command) => Outcome) {
  const onHold = { ...onWallet, holdId: 'h' };
  return {
    place: ({ amount = '30', expiry = { afterMs: 60_000 } }: { amount?: string; expiry?: Expiry }) =>
      when({
        ...{ type: 'PlaceHold', ...onHold, amount, expiry, description },
        ...{ toWalletId: undefined, metadata: {} },
      }),
    capture: (amount?: string, more: { final?: boolean; overcapture?: boolean } = {}) =>
      when({
        ...{ type: 'CaptureHold', ...onHold, captureId: 'c', amount, description, toWalletId: undefined },
        ...{ final: true, overcapture: false, ...more },
      }),
    adjust: (amount: string) => when({ type: 'AdjustHold', ...onHold, amount, expiry: undefined }),
    voidHold: () => when({ type: 'VoidHold', ...onHold, reason: '' }),
  };
}
