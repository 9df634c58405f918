// Plays a history through the pure parts of the service, and the same history through the model. The parts
// are connected as in the command path, but without a database. Every row goes through its codec.
import { canonicalJson, parseJsonObject } from '../../../src/api/http/exactJson.ts';
import { answerOf } from '../../../src/api/wallets/walletAnswer.ts';
import { isGuarded } from '../../../src/commands/attemptCommit.ts';
import { createWalletCache, type WalletCache } from '../../../src/commands/walletCache.ts';
import { decideBatch } from '../../../src/commands/decideBatch.ts';
import { meaningHashOf } from '../../../src/commands/meaningHash.ts';
import type { Submission, SubmissionResult } from '../../../src/commands/submission.ts';
import { keysOf } from '../../../src/domain/commands.ts';
import type { StoredEvent } from '../../../src/domain/events.ts';
import { joinKeys } from '../../../src/domain/state.ts';
import type { BatchToAppend, EventToAppend } from '../../../src/eventStore/appendBatch.ts';
import { compactEvent, decodeEvent, fieldsOf, schemaVersions } from '../../../src/eventStore/eventCodec.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import type { LoadedBatch } from '../../../src/eventStore/loadBatch.ts';
import {
  type AnsweredCommand,
  type CommandToRecord,
  recordParameters,
  toAnsweredCommand,
} from '../../../src/eventStore/recordRows.ts';
import { emptyModel, type Model, perform, type Performed } from '../../support/model.ts';
import { bodyOf, pathOf } from '../../support/requestText.ts';
import { commandOf, isUnknownMovement } from './commandOf.ts';
import type { Step } from './requests.ts';
import { createStoreInMemory, jsonb, type StoreInMemory } from './storeInMemory.ts';
import { ownResults } from './ownResults.ts';

/** The API refused it before it became a command. */
const notSubmitted = { kind: 'notSubmitted' } as const;

export interface PlayedStep {
  readonly step: Step;
  readonly result: SubmissionResult | typeof notSubmitted;
  readonly expected: Performed;
}

export interface Played {
  readonly steps: readonly PlayedStep[];
  readonly store: StoreInMemory;
  readonly model: Model;
  /** The events as they would be read from PostgreSQL, in order of position. */
  readonly events: readonly StoredEvent[];
}

const epochMs = Date.parse('2026-01-01T00:00:00.000Z');

interface Upgrade {
  /** Commands before this step run on the former level, and later ones on the highest. */
  readonly opensAt: number;
  readonly formerLevel: number;
}

export function play(
  history: readonly Step[],
  { opensAt, formerLevel }: Upgrade = { opensAt: 0, formerLevel: 1 },
  afterBatch?: (store: StoreInMemory, model: Model) => void,
): Played {
  const store = createStoreInMemory();
  const answered = new Map<string, AnsweredCommand>();
  const events: StoredEvent[] = [];
  const cache = createWalletCache({ walletsMax: 20, monotonicMs: () => nowMs, clockMs: () => nowMs });
  const steps: PlayedStep[] = [];
  let model = emptyModel;
  let nowMs = epochMs;
  for (const batch of batchesOf(history)) {
    nowMs += batch[0]?.afterMs ?? 0;
    const now = new Date(nowMs);
    const isOpen = steps.length >= opensAt;
    const asked = batch.map((step, index) => ({
      step,
      submission: isUnknownMovement(step.request, events)
        ? undefined
        : submissionOf(step, `command-${steps.length + index}`, store, events),
    }));
    const submissions = asked.flatMap(({ submission }) => submission ?? []);
    const keys = submissions.map(({ command }) => keysOf(command));
    const load = (): LoadedBatch => ({
      ...{ now, fence: 0n, level: isOpen ? levelMax : formerLevel, isLoaded: true },
      state: store.load(keys, now),
      answered: new Map(answered),
      rowXids: new Map(),
    });
    const decided = decideAsAttempted(submissions, cache, load, answered);
    const results = ownResults(decided.results);
    for (const [index, submission] of submissions.entries())
      if (isAcceptedNow(results[index])) mustGuard(submission, decided.batch);
    for (const appended of decided.batch.events) events.push(toStored(appended, BigInt(events.length + 1)));
    store.append(decided.batch);
    cache.takeWritten(decided.batch.wallets, 'written');
    for (const record of decided.batch.records) answered.set(record.commandId, throughRow(record));
    const seen = model.wallets;
    for (const { step, submission } of asked) {
      const at = now.toISOString();
      const [expected, next] = perform(model, step.request, step.key, at, { seen, isOpen });
      model = next;
      const index = submission === undefined ? -1 : submissions.indexOf(submission);
      steps.push({ step, result: results[index] ?? notSubmitted, expected });
    }
    afterBatch?.(store, model);
  }
  return { steps, store, model, events };
}

/** Decides as an attempt of a group commit does: on cached wallets, if the append would go through then. */
function decideAsAttempted(
  submissions: readonly Submission[],
  cache: WalletCache,
  load: () => LoadedBatch,
  answered: ReadonlyMap<string, AnsweredCommand>,
): ReturnType<typeof decideBatch> {
  const cached = cache.find(joinKeys(submissions.map(({ command }) => keysOf(command))));
  const isRepeated = submissions.some(({ commandId }) => answered.has(commandId));
  if (cached !== undefined && !isRepeated) {
    const decided = decideBatch(submissions, cached);
    if (isGuarded(decided.batch, submissions)) return decided;
  }
  const loaded = load();
  cache.takeLoaded(loaded);
  return decideBatch(submissions, loaded);
}

/** A repeat, or a refused command, may share its id with an accepted one. */
function isAcceptedNow(result: SubmissionResult | undefined): boolean {
  return result?.kind === 'answered' && !result.replayed && 'accepted' in result.outcome;
}

/**
 * Throws unless the append guards everything that a command with events read. The version of a wallet guards
 * its holds, details and reversals as well.
 */
function mustGuard({ command, commandId }: Submission, batch: BatchToAppend): void {
  if (!batch.events.some(({ metadata }) => metadata.commandId === commandId)) return;
  const { wallets, holds, details, reversals } = keysOf(command);
  const guarded = new Set([...batch.wallets.map(({ id }) => id), ...batch.readWalletIds]);
  const owners = [...holds, ...reversals].map((key) => key.split(' ')[0] ?? '');
  const open = [...wallets, ...details, ...owners].filter((id) => !guarded.has(id));
  if (open.length > 0) throw new Error(`the append does not guard what was read of ${open.join(', ')}`);
}

/** The event as it would be read from PostgreSQL. */
export function toStored(appended: EventToAppend, position: bigint): StoredEvent {
  const { walletId, version, occurredAt, event } = appended;
  const { type, heldMinor, status, termsVersion, detailsVersion } = event;
  const { amountMinor, balanceMinor, currency, description, extra } = compactEvent(event);
  const data = fieldsOf({
    ...{ data: null, amount_minor: amountMinor, balance_minor: balanceMinor, currency, description },
    ...{ held_minor: heldMinor?.toString() ?? null, status: status ?? null },
    ...{ terms_version: termsVersion ?? null, details_version: detailsVersion ?? null },
    extra: extra === undefined ? null : (jsonb(extra) as Readonly<Record<string, unknown>>),
  });
  const envelope = { walletId, version, occurredAt, position };
  return decodeEvent({ ...envelope, type, schemaVersion: schemaVersions[type], data });
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

/** Makes the submission from the request as the routes do. */
function submissionOf(
  { request, key }: Step,
  commandId: string,
  store: StoreInMemory,
  events: readonly StoredEvent[],
): Submission {
  const members = parseJsonObject(bodyOf(request));
  const command = commandOf(request, members, { newId: commandId, holds: store.holds, events });
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
