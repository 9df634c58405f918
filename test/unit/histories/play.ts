// Plays a history through the pure parts of the service, and the same history through the model. The parts
// are connected as in the command path, but without a database.
import { emptyState } from '../../../src/domain/state.ts';
import { canonicalJson, parseJsonObject } from '../../../src/api/http/exactJson.ts';
import { answerOf } from '../../../src/api/wallets/walletAnswer.ts';
import {
  createWallet,
  creditWallet,
  transferFunds,
} from '../../../src/api/wallets/walletCommandOperations.ts';
import { meaningHashOf } from '../../../src/commands/meaningHash.ts';
import { decideBatch } from '../../../src/commands/decideBatch.ts';
import type { Submission, SubmissionResult } from '../../../src/commands/submission.ts';
import type { Command } from '../../../src/domain/commands.ts';
import type { StoredEvent } from '../../../src/domain/events.ts';
import type { Wallet } from '../../../src/domain/wallet.ts';
import { decodeEvent, encodeEvent } from '../../../src/eventStore/eventCodec.ts';
import {
  type AnsweredCommand,
  type CommandToRecord,
  recordParameters,
  toAnsweredCommand,
} from '../../../src/eventStore/recordRows.ts';
import type { EventToAppend } from '../../../src/eventStore/appendBatch.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { emptyModel, type Model, perform, type Performed, type Request } from '../../support/model.ts';
import { bodyOf, pathOf } from '../../support/requestText.ts';
import type { Step } from './requests.ts';

export interface Played {
  readonly steps: readonly {
    readonly step: Step;
    readonly result: SubmissionResult;
    readonly expected: Performed;
  }[];
  readonly wallets: ReadonlyMap<string, Wallet>;
  readonly model: Model;
  /** The events as they would be read from PostgreSQL, in order of position. */
  readonly events: readonly StoredEvent[];
}

const epochMs = Date.parse('2026-01-01T00:00:00.000Z');

/** Commands before step `opensAt` run on the lowest level, and later ones on the highest. */
export function play(history: readonly Step[], opensAt = 0): Played {
  const wallets = new Map<string, Wallet>();
  const answered = new Map<string, AnsweredCommand>();
  const events: StoredEvent[] = [];
  const steps: Played['steps'][number][] = [];
  let model = emptyModel;
  let nowMs = epochMs;
  for (const batch of batchesOf(history)) {
    nowMs += batch[0]?.afterMs ?? 0;
    const now = new Date(nowMs);
    const submissions = batch.map((step, index) => submissionOf(step, `command-${steps.length + index}`));
    const decided = decideBatch(submissions, {
      now,
      fence: 0n,
      level: steps.length < opensAt ? 1 : levelMax,
      state: { ...emptyState(), wallets: new Map(wallets) },
      answered: new Map(answered),
    });
    for (const appended of decided.batch.events) events.push(toStored(appended, BigInt(events.length + 1)));
    for (const wallet of decided.batch.wallets) wallets.set(wallet.id, wallet);
    for (const record of decided.batch.records) answered.set(record.commandId, throughRow(record));
    for (const [index, step] of batch.entries()) {
      const [expected, next] = perform(model, step.request, step.key, now.toISOString());
      model = next;
      steps.push({ step, result: decided.results[index] as SubmissionResult, expected });
    }
  }
  return { steps, wallets, model, events };
}

/** The event as it would be read from PostgreSQL. */
export function toStored(appended: EventToAppend, position: bigint): StoredEvent {
  const { walletId, version, occurredAt, event } = appended;
  const { type, schemaVersion, data } = encodeEvent(event);
  const envelope = { walletId, version, occurredAt, position };
  return decodeEvent({ ...envelope, type, schemaVersion, data: JSON.parse(data) as unknown });
}

/** The record as it would be read from PostgreSQL. */
export function throughRow(record: CommandToRecord): AnsweredCommand {
  const values = recordParameters([record]).map(([value]) => (value ?? null) as string | null);
  const [
    ,
    ,
    request_hash = null,
    meaning_hash = null,
    status,
    headers,
    body = null,
    accepted,
    outcome = null,
  ] = values;
  return toAnsweredCommand({
    command_id: record.commandId,
    ...{ request_hash, meaning_hash, body, outcome, writer: null },
    status: (status as number | null | undefined) ?? null,
    headers: typeof headers !== 'string' ? null : (JSON.parse(headers) as Record<string, string>),
    accepted: (accepted as boolean | null | undefined) ?? null,
  });
}

function batchesOf(history: readonly Step[]): readonly (readonly Step[])[] {
  const batches: Step[][] = [];
  for (const step of history) {
    if (step.isBatchStart || batches.length === 0) batches.push([]);
    batches.at(-1)?.push(step);
  }
  return batches;
}

/** Makes the submission from the request as `src/api/wallets/walletCommandRoutes.ts` does. */
function submissionOf({ request, key }: Step, commandId: string): Submission {
  const members = parseJsonObject(bodyOf(request));
  const command = commandOf(request, members, commandId);
  return {
    command,
    commandId: key ?? commandId,
    idempotencyKey: key,
    requestHash: {
      meaning: meaningHashOf(command, request.walletId),
      spelling: `${pathOf(request)}\n${canonicalJson(members)}`,
    },
    correlationId: commandId,
    render: (outcome) => answerOf(outcome, commandId),
  };
}

function commandOf(request: Request, members: Record<string, unknown>, transferId: string): Command {
  const { walletId } = request;
  if (request.kind === 'create') {
    const { ownerId, currency, initialBalance } = createWallet.body.parse(members);
    return { type: 'CreateWallet', walletId, ownerId, currency, initialBalance };
  }
  const addressed = { walletId, expectedVersions: request.ifMatch };
  if (request.kind === 'transfer')
    return { type: 'TransferFunds', ...addressed, ...transferFunds.body.parse(members), transferId };
  const type = request.kind === 'credit' ? 'CreditWallet' : 'DebitWallet';
  return { type, ...addressed, ...creditWallet.body.parse(members) };
}
