// One wallet of 100.00 USD on which commands are decided one after the other. Each gives the types of its
// events, or the code of its refusal.
import type { Command, Expiry } from '../../../src/domain/commands.ts';
import { applyChanges } from '../../../src/domain/decide/changes.ts';
import { decide } from '../../../src/domain/decide/decide.ts';
import { emptyState } from '../../../src/domain/state.ts';

export function openWallet() {
  const state = emptyState();
  let nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  const when = (command: Command) => {
    const decision = decide(command, state, new Date(nowMs));
    if ('rejected' in decision) return decision.rejected.code;
    applyChanges(state, decision.accepted.changes);
    return decision.accepted.events.map(({ event }) => event.type);
  };
  const onWallet = { walletId: 'w', expectedVersions: undefined };
  const onHold = { ...onWallet, holdId: 'h' };
  const description = '';
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
    place: ({ amount = '30', expiry = { afterMs: 60_000 } }: { amount?: string; expiry?: Expiry }) =>
      when({
        type: 'PlaceHold',
        ...onHold,
        amount,
        expiry,
        toWalletId: undefined,
        description,
        metadata: {},
      }),
    capture: (amount?: string) =>
      when({
        ...{ type: 'CaptureHold', ...onHold, captureId: 'c', amount, description, toWalletId: undefined },
        ...{ final: true, overcapture: false },
      }),
    voidHold: () => when({ type: 'VoidHold', ...onHold, reason: '' }),
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
    patch: (metadata: Record<string, string | null>) =>
      when({ type: 'ChangeDetails', ...onWallet, metadata, labels: undefined }),
    metadata: () => state.details.get('w')?.metadata,
  };
}
