// Makes a correct history from requests, with the model's own answers. The tests of the checker then falsify
// it.
import { emptyModel, perform } from '../../support/model.ts';
import { acceptedAnswer, refusalMembers } from '../../support/model/answers.ts';
import { refusalStatuses, type Verdict } from '../../support/model/refusals.ts';
import type { Request } from '../../support/model/requests.ts';
import { heldOf, type ModelWallet } from '../../support/model/wallets.ts';
import {
  type AnswerRow,
  type Call,
  type EventRow,
  type History,
  isFinal,
} from '../../faults/history/recorded.ts';

const epochMs = 1_767_225_600_000;

export interface Asked {
  readonly request: Request;
  readonly key?: string;
  /** The milliseconds at which it begins; 10n for call n if undefined. */
  readonly beginsAt?: number;
}

/**
 * Makes calls that follow each other. Call n has the id `call-n`, and is answered after 5 ms.
 */
export function recordOf(asked: readonly Asked[]): History {
  let model = emptyModel;
  const calls: Call[] = [];
  const events: EventRow[] = [];
  const answers: AnswerRow[] = [];
  const textByKey = new Map<string, string>();
  for (const [index, { request, key, beginsAt = index * 10 }] of asked.entries()) {
    const id = `call-${index}`;
    const at = new Date(epochMs + beginsAt + 2).toISOString();
    const [performed, next] = perform(model, request, key, at);
    model = next;
    const commandId = key === undefined ? `command-${id}` : `command-${key}`;
    const { status, text } = answerOf(request, 'verdict' in performed ? performed.verdict : undefined, id);
    const kept = (key === undefined ? undefined : textByKey.get(key)) ?? text;
    const isReplay = performed.outcome === 'replayed';
    calls.push({
      ...{ id, request, key, client: 'one', invokedAt: beginsAt, answeredAt: beginsAt + 5 },
      answer: { status, text: isReplay ? kept : text, replayed: isReplay },
    });
    if (performed.outcome !== 'performed') continue;
    if ('events' in performed.verdict)
      for (const { type, wallet } of performed.verdict.events) {
        events.push({
          ...{ position: events.length + 1, walletId: wallet.id, version: wallet.version },
          type,
          data: { ...dataOf(request, wallet, id), ...(type === 'HoldReleased' && endOf(request)) },
          ...{ commandId, correlationId: id, occurredAt: wallet.updatedAt },
        });
      }
    // These may be corrected under their key, and a refusal without a key is not remembered.
    if (!isFinal({ status, text }) || (status > 400 && key === undefined)) continue;
    const nothing = {
      ...{ isNothing: true, command: nothingBy[request.kind] ?? request.kind },
      walletId: request.walletId,
    };
    const isNothing = 'events' in performed.verdict && performed.verdict.events.length === 0;
    answers.push({ commandId, key: key ?? null, status, body: text, ...(isNothing && nothing) });
    if (key !== undefined) textByKey.set(key, text);
  }
  return { epochMs, calls, reads: [], finalReads: new Map(), events, answers };
}

function endOf({ kind }: Request): { readonly reason: string } {
  return { reason: kind === 'void' ? 'voided' : 'expired' };
}

/** The commands that may ask for what is so already, as their records name them. */
const nothingBy: Readonly<Partial<Record<Request['kind'], string>>> = {
  freeze: 'FreezeWallet',
  unfreeze: 'UnfreezeWallet',
  limits: 'ChangeLimits',
};

/** The fields that the checker and the invariants read. */
function dataOf(request: Request, wallet: ModelWallet, transferId: string): Record<string, string> {
  const { balanceMinor, currency, status } = wallet;
  const held = heldOf(wallet);
  const shared = {
    ...{ balanceMinor: String(balanceMinor), currency },
    ...(held > 0n && { heldMinor: String(held) }),
    ...(status !== 'active' && { status }),
  };
  if (request.kind === 'create') return { ...shared, ownerId: request.ownerId };
  // Every amount in these tests is a whole number of USD.
  if (request.kind !== 'credit' && request.kind !== 'debit' && request.kind !== 'transfer') return shared;
  const moved = {
    ...shared,
    amountMinor: String(BigInt(request.amount) * 100n),
    description: request.description,
  };
  return request.kind === 'transfer' ? { ...moved, transferId } : moved;
}

function answerOf(request: Request, verdict: Verdict | undefined, requestId: string) {
  if (verdict === undefined)
    return { status: 422, text: JSON.stringify({ code: 'IDEMPOTENCY_KEY_REUSED', requestId }) };
  if ('events' in verdict) return acceptedAnswer(request, verdict);
  const { code, says = '' } = verdict.refusal;
  const text = JSON.stringify({ code, requestId, detail: `It ${says}.`, ...refusalMembers(verdict.refusal) });
  return { status: refusalStatuses[code], text };
}
