// Makes a correct history from requests, with the model's own answers. The tests of the checker then falsify
// it.
import { emptyModel, perform } from '../../support/model.ts';
import { acceptedAnswer, refusalMembers } from '../../support/model/answers.ts';
import { refusalStatuses, type Verdict } from '../../support/model/refusals.ts';
import type { Request } from '../../support/model/requests.ts';
import type { ModelWallet } from '../../support/model/wallets.ts';
import type { AnswerRow, Call, EventRow, History } from '../../faults/history/recorded.ts';

export interface Asked {
  readonly request: Request;
  readonly key?: string;
}

/**
 * Makes calls that follow each other. Call n has the id `call-n`, begins at 10n ms and is answered at 10n + 5
 * ms.
 */
export function recordOf(asked: readonly Asked[]): History {
  let model = emptyModel;
  const calls: Call[] = [];
  const events: EventRow[] = [];
  const answers: AnswerRow[] = [];
  const textByKey = new Map<string, string>();
  for (const [index, { request, key }] of asked.entries()) {
    const id = `call-${index}`;
    const at = new Date(1_767_225_600_000 + index).toISOString();
    const [performed, next] = perform(model, request, key, at);
    model = next;
    const commandId = key === undefined ? `command-${id}` : `command-${key}`;
    const { status, text } = answerOf(request, 'verdict' in performed ? performed.verdict : undefined, id);
    const kept = (key === undefined ? undefined : textByKey.get(key)) ?? text;
    const isReplay = performed.outcome === 'replayed';
    calls.push({
      ...{ id, request, key, client: 'one', invokedAt: index * 10, answeredAt: index * 10 + 5 },
      answer: { status, text: isReplay ? kept : text, replayed: isReplay },
    });
    if (performed.outcome !== 'performed') continue;
    if ('events' in performed.verdict)
      for (const { type, wallet } of performed.verdict.events) {
        events.push({
          ...{ position: events.length + 1, walletId: wallet.id, version: wallet.version },
          type,
          data: dataOf(request, wallet, id),
          ...{ commandId, correlationId: id, occurredAt: wallet.updatedAt },
        });
      }
    // These may be corrected under their key, and a refusal without a key is not remembered.
    if (status === 400 || status === 412 || (status > 400 && key === undefined)) continue;
    answers.push({ commandId, key: key ?? null, status, body: text });
    if (key !== undefined) textByKey.set(key, text);
  }
  return { calls, reads: [], finalReads: new Map(), events, answers };
}

/** The fields that the checker and the invariants read. */
function dataOf(
  request: Request,
  { balanceMinor, currency }: ModelWallet,
  transferId: string,
): Record<string, string> {
  const shared = { balanceMinor: String(balanceMinor), currency };
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
