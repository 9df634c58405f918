// Plays 1,000 random histories in which three tenants send requests with equal wallet ids and equal
// Idempotency-Keys to one store. Each tenant must be answered as if it were alone. Nothing that is answered
// to it, or labelled for it, may hold a word of another one. A failure prints its seed and path.
// HISTORIES_SEED and HISTORIES_PATH repeat it. HISTORIES_RUNS sets the number of runs.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHistoryRow } from '../../../src/api/wallets/eventAnswer.ts';
import { toEntryAnswer } from '../../../src/api/ledger/ledgerAnswer.ts';
import { movementIdOf } from '../../../src/domain/movementId.ts';
import { bareId, tenantOf } from '../../../src/domain/tenant.ts';
import { ledgerEntries } from '../../../src/projections/ledger/ledgerEntries.ts';
import { emptyModel, type Model, perform, type Performed } from '../../support/model.ts';
import { acceptedAnswer, refusalMembers, walletText } from '../../support/model/answers.ts';
import { refusalStatuses } from '../../support/model/refusals.ts';
import { bodyOf, ifMatchOf, pathOf } from '../../support/requestText.ts';
import { encodeEvent } from '../../../src/eventStore/eventCodec.ts';
import { createSharedStore, type SharedStore } from './sharedStore.ts';
import { type Step, tenantHistories, type TenantStep } from './requests.ts';

const hangsAfterMs = 300_000;
const { HISTORIES_SEED, HISTORIES_PATH, HISTORIES_RUNS } = process.env;

/** The word that marks what belongs to each tenant. No id and no text of the service has it by itself. */
const marks: Readonly<Record<string, string>> = { '': 'housemark', acme: 'acmemark', 'acme-b': 'bankmark' };
const tenants = Object.keys(marks);
const markOf = (tenant: string) => marks[tenant] ?? 'nobody';

/** The texts that may not meet this tenant: the words of the others, and ids with a tenant. */
function foreignTo(tenant: string): readonly string[] {
  const words = tenants.filter((other) => other !== tenant).map(markOf);
  return [...words, ...tenants.filter((other) => other !== '').map((other) => `${other}/`)];
}

function expectOwn(tenant: string, text: string): void {
  for (const word of foreignTo(tenant)) if (text.includes(word)) expect(text).not.toContain(word);
}

/** Descriptions name their tenant. Wallet ids, owners and keys are equal in all tenants. */
function marked({ tenant, request, ...step }: TenantStep): TenantStep {
  if (!('description' in request)) return { tenant, request, ...step };
  return { tenant, ...step, request: { ...request, description: `${markOf(tenant)} pays` } };
}

interface Asked {
  readonly step: TenantStep;
  readonly requestId: string;
}

function send({ app }: SharedStore, { step, requestId }: Asked): Promise<Response> {
  const ifMatch = ifMatchOf(step.request);
  const headers = {
    'content-type': 'application/json',
    authorization: step.tenant,
    'x-request-id': requestId,
    ...(step.key !== undefined && { 'idempotency-key': step.key }),
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
  };
  const init = { method: 'POST', headers, body: bodyOf(step.request) };
  return Promise.resolve(app.request(pathOf(step.request), init));
}

async function expectAnswer({ step }: Asked, expected: Performed, response: Response): Promise<void> {
  const text = await response.text();
  const headers = JSON.stringify([...response.headers]);
  expectOwn(step.tenant, `${headers}${text}`);
  if (expected.outcome === 'keyReused') {
    expect(response.status, text).toBe(422);
    expect(text).toContain('IDEMPOTENCY_KEY_REUSED');
    return;
  }
  expect(response.headers.get('idempotent-replayed')).toBe(expected.outcome === 'replayed' ? 'true' : null);
  if (expected.outcome === 'unfinished') throw new Error('every release knows these requests');
  const { verdict } = expected;
  if ('events' in verdict) {
    expect({ status: response.status, text }).toEqual(acceptedAnswer(step.request, verdict));
    return;
  }
  const { code, says = '' } = verdict.refusal;
  const members = { status: refusalStatuses[code], code, ...refusalMembers(verdict.refusal) };
  expect(JSON.parse(text)).toMatchObject(members);
  expect(text).toContain(says);
}

const epochMs = Date.parse('2026-01-01T00:00:00.000Z');

/** Plays the history. Gives the models, each of which saw the requests of one tenant alone. */
async function play(store: SharedStore, history: readonly TenantStep[]) {
  const models = new Map<string, Model>(tenants.map((tenant) => [tenant, emptyModel]));
  const expected = new Map<string, Performed>();
  let nowMs = epochMs;
  let number = 0;
  for (const batch of batchesOf(history.map(marked))) {
    nowMs += batch[0]?.afterMs ?? 0;
    const now = new Date(nowMs);
    const asked = batch.map((step): Asked => {
      number += 1;
      return { step, requestId: `${markOf(step.tenant)}-${number}` };
    });
    const byId = new Map(asked.map((one) => [one.requestId, one.step]));
    const responses = await store.inOneBatch(
      asked.map((one) => send(store, one)),
      now,
      (submissions) => {
        for (const { correlationId } of submissions) {
          const step = byId.get(correlationId) as TenantStep;
          const model = models.get(step.tenant) as Model;
          const [performed, next] = perform(model, step.request, step.key, now.toISOString());
          models.set(step.tenant, next);
          expected.set(correlationId, performed);
        }
      },
    );
    for (const [at, one] of asked.entries()) {
      const response = responses[at] as Response;
      const performed = expected.get(one.requestId);
      if (performed !== undefined) await expectAnswer(one, performed, response);
      // It was refused before it became a command.
      else expect(response.status).toBe(400);
    }
  }
  return models;
}

function batchesOf<Kind extends Pick<Step, 'isBatchStart'>>(history: readonly Kind[]): readonly Kind[][] {
  const batches: Kind[][] = [];
  for (const step of history) {
    if (step.isBatchStart || batches.length === 0) batches.push([]);
    batches.at(-1)?.push(step);
  }
  return batches;
}

/** A read and a list show each tenant its own wallets, and all others as absent. */
async function expectReads({ app, events }: SharedStore, models: ReadonlyMap<string, Model>): Promise<void> {
  const walletId = ['a', 'c', 'x'][events.length % 3] ?? 'a';
  const ownerId = events.length % 2 === 0 ? undefined : 'owner-1';
  for (const [tenant, { wallets }] of models) {
    const read = async (path: string) => {
      const headers = { authorization: tenant, 'x-request-id': markOf(tenant) };
      const text = await (await app.request(path, { headers })).text();
      expectOwn(tenant, text);
      return text;
    };
    const all = [...wallets.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const wallet = wallets.get(walletId);
    const text = await read(`/wallets/${walletId}`);
    if (wallet === undefined) expect(JSON.parse(text)).toMatchObject({ code: 'WALLET_NOT_FOUND', walletId });
    else expect(text).toBe(walletText(wallet));
    const own = all.filter((one) => ownerId === undefined || one.ownerId === ownerId);
    const list = await read(ownerId === undefined ? '/wallets' : `/wallets?ownerId=${ownerId}`);
    const total = `{"count":${own.length},"isExact":true}`;
    expect(list).toBe(
      `{"wallets":[${own.map((wallet) => walletText(wallet)).join()}],"total":${total},"nextCursor":null}`,
    );
  }
}

/** Events and ledger rows belong to one tenant each, and are shown without it. */
function expectRows({ events }: SharedStore, models: ReadonlyMap<string, Model>): void {
  const held = new Map<string, bigint>();
  for (const stored of events) {
    const { walletId, version, event } = stored;
    const tenant = tenantOf(walletId);
    const { data, ...type } = encodeEvent(event);
    const recorded = { ...stored, ...type, data: JSON.parse(data) as unknown };
    expectOwn(tenant, JSON.stringify(toHistoryRow(recorded, movementIdOf(bareId(walletId), version))));
    for (const entry of ledgerEntries(stored)) {
      const { account, direction, amountMinor, balanceAfterMinor } = entry;
      expect(tenantOf(account.slice(account.indexOf(':') + 1))).toBe(tenant);
      const more = { counterAccount: account, movementId: `${walletId}@1`, description: '' };
      if (balanceAfterMinor !== null)
        expectOwn(tenant, JSON.stringify(toEntryAnswer({ ...entry, ...more, balanceAfterMinor })));
      held.set(account, (held.get(account) ?? 0n) + (direction === 'credit' ? amountMinor : -amountMinor));
    }
  }
  for (const [tenant, { wallets }] of models)
    for (const { id, balanceMinor } of wallets.values()) {
      const account = tenant === '' ? `wallet:${id}` : `wallet:${tenant}/${id}`;
      expect(held.get(account) ?? 0n).toBe(balanceMinor);
    }
}

/** A line about a wallet names its tenant too, and tells nothing of another one. */
function expectLogLines({ logLines }: SharedStore): void {
  for (const line of logLines) {
    const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const owner = tenants.find((tenant) => String(entry.requestId).startsWith(markOf(tenant)));
    expectOwn(String(owner), line);
    expect(entry.tenant ?? '').toBe(owner);
  }
}

it(
  'each tenant of a random history is answered as if it were alone, and nothing of it shows another one',
  { timeout: hangsAfterMs },
  async () => {
    const met = new Set<string>();
    const store = createSharedStore();
    const property = fc.asyncProperty(tenantHistories(tenants), async (history) => {
      store.reset();
      const models = await play(store, history);
      await expectReads(store, models);
      expectRows(store, models);
      expectLogLines(store);
      const labels = [...store.labels].join(' ');
      for (const word of [...Object.values(marks), 'acme', 'owner-1']) expect(labels).not.toContain(word);
      for (const { walletId } of store.events) met.add(walletId);
      if (store.logLines.length > 0) met.add('log lines');
    });
    await fc.assert(property, {
      numRuns: Number(HISTORIES_RUNS ?? 1_000),
      ...(HISTORIES_SEED === undefined ? {} : { seed: Number(HISTORIES_SEED) }),
      ...(HISTORIES_PATH === undefined ? {} : { path: HISTORIES_PATH }),
    });
    // Otherwise the histories would prove nothing.
    for (const tenant of tenants) expect([...met]).toContain(tenant === '' ? 'a' : `${tenant}/a`);
    expect([...met]).toContain('log lines');
  },
);
