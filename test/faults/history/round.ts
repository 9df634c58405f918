// One round: plays histories side by side while faults are injected, waits until the system is quiet, and
// judges. A round leaves no call open: each is decided before it ends.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import { readCommandIdCover } from '../../../harness/commandIdCover.ts';
import { commandIdOfKey } from '../../../src/commands/commandIds.ts';
import { scopedId } from '../../../src/domain/tenant.ts';
import { copySuffix } from '../../../harness/proxy/httpChunk.ts';
import { checkHistory, type Counts, type Verdict } from './checker.ts';
import { exchange, inTenant } from './client.ts';
import { driveHistory, type Driven, type HistoryPlan } from './driver.ts';
import { violations } from '../../../harness/invariants/invariant.ts';
import { projectionInvariants } from '../../../harness/invariants/projectionInvariants.ts';
import { storeInvariants } from '../../../harness/invariants/storeInvariants.ts';
import { shapes } from './operations.ts';
import { checkOrder, type Placed } from './order.ts';
import { type Outcomes, sumOfOutcomes } from './outcomes.ts';
import type { Call, FinalRead, Finding } from './recorded.ts';
import {
  readDocumentRows,
  readEntryRows,
  readPendingRows,
} from '../../../harness/invariants/readProjectedRows.ts';
import { readRoundStart, readStoreRows } from '../../../harness/invariants/readStoreRows.ts';
import type { DocumentRow } from '../../../harness/invariants/rows.ts';
import { nothingDue, projected, settled } from '../../../harness/settle.ts';
import { type FinalReads, split } from './splitRows.ts';
import { watchInvariants } from './watch.ts';

/** The system that a round is played on. The stores are reached directly, not through proxies. */
export interface SystemUnderTest {
  /** The URLs that clients send to, one or several. */
  readonly urls: readonly string[];
  readonly database: Pool;
  readonly elasticsearch: Elasticsearch;
  readonly readModelAlias: string;
  /** Ids of the calls that the network has copied since the last call of this function. */
  readonly takeCopied?: () => readonly string[];
}

export interface RoundPlan {
  /** Begins every id of the round. */
  readonly name: string;
  readonly seed: number;
  readonly histories: number;
  /** The histories take turns in them. Those of one turn have equal ids and keys. */
  readonly tenants?: readonly string[];
  readonly clients: number;
  readonly callsPerClient: number;
  /** Histories that are played at once. */
  readonly atOnce: number;
  readonly thinkMaxMs?: number;
  /** A release before holds may answer. */
  readonly besideFormer?: boolean;
  /** No history begins after it. Running ones are played to their end. */
  readonly stop?: AbortSignal;
}

export interface RoundResult {
  readonly histories: number;
  readonly counts: Counts;
  readonly outcomes: Outcomes;
  /** Each finding begins with its history and that history's seed. */
  readonly findings: readonly Finding[];
  readonly snapshots: number;
  /** Snapshots that failed because the database was away. */
  readonly missedSnapshots: number;
  readonly invariantChecks: number;
  readonly events: number;
  readonly unheard: Verdict['unheard'];
}

/**
 * `inject` goes on until its signal says that all histories are played. It resolves when everything runs
 * again.
 */
export async function playRound(
  system: SystemUnderTest,
  plan: RoundPlan,
  inject: (over: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Promise<RoundResult> {
  const { database } = system;
  const start = await readRoundStart(database);
  const watch = watchInvariants(database, start);
  const over = new AbortController();
  const injecting = inject(over.signal);
  // It is awaited below. Until then its failure must not end this process.
  injecting.catch(() => undefined);
  let played: readonly Driven[];
  try {
    played = await driveAll(system.urls, plan);
  } finally {
    over.abort();
    await injecting;
  }
  const overdue = await nothingDue(database);
  await settled(database);
  const driven = withCopies(played, system.takeCopied?.() ?? []);
  const finalReads = await readFinally(system, driven);
  const store = await readStoreRows(database, start);
  const watched = await watch.stop();

  const histories = split(driven, store, finalReads);
  const seen = [...watched.findings, ...overdue.map((wrong) => `I19 nothing stays due: ${wrong}`)];
  const findings: Finding[] = seen.map((detail) => ({ kind: 'invariant', detail }));
  const counts = [...histories].map(([{ name, tenant, seed }, history]) => {
    const verdict = checkHistory(history);
    const place = `history ${scopedId(tenant, name)} (seed ${seed})`;
    findings.push(...verdict.findings.map(({ kind, detail }) => ({ kind, detail: `${place}: ${detail}` })));
    return verdict;
  });
  const committed: readonly Placed[] = counts.flatMap((verdict) => verdict.committed);
  findings.push(...checkOrder(committed));

  await projected(database, store.head);
  const entries = await readEntryRows(database, start);
  const pending = await readPendingRows(database, start);
  const documents: DocumentRow[] = [];
  for (const tenant of plan.tenants ?? ['']) {
    const prefix = scopedId(tenant, `${plan.name}-`);
    documents.push(...(await readDocumentRows(system.elasticsearch, system.readModelAlias, prefix)));
  }
  const broken = [
    ...violations(storeInvariants, store),
    ...violations(projectionInvariants, { ...store, entries, pending, documents }),
  ];
  findings.push(...broken.map((detail): Finding => ({ kind: 'invariant', detail })));
  const atEnd = Object.keys(storeInvariants).length + Object.keys(projectionInvariants).length;
  return {
    histories: driven.length,
    counts: sumOf(counts.map((verdict) => verdict.counts)),
    outcomes: sumOfOutcomes(counts.map((verdict) => verdict.outcomes)),
    findings,
    snapshots: watched.snapshots + 1,
    missedSnapshots: watched.missed,
    invariantChecks: watched.snapshots * Object.keys(storeInvariants).length + atEnd,
    events: store.events.length,
    unheard: counts.flatMap((verdict) => verdict.unheard),
  };
}

async function driveAll(urls: readonly string[], plan: RoundPlan): Promise<readonly Driven[]> {
  const { name, seed, clients, callsPerClient, histories, atOnce, thinkMaxMs = 0, stop } = plan;
  const { tenants = [''], besideFormer = false } = plan;
  const driven: Driven[] = [];
  let next = 0;
  const lane = async () => {
    for (;;) {
      const number = next;
      next += 1;
      if (number >= histories || stop?.aborted === true) return;
      const turn = Math.floor(number / tenants.length);
      const own: HistoryPlan = {
        name: `${name}-${turn}`,
        seed: seed + number,
        tenant: tenants[number % tenants.length] ?? '',
        shape: shapes[turn % shapes.length] ?? 'spread',
        clients,
        callsPerClient,
        thinkMaxMs,
        besideFormer,
      };
      driven.push(await driveHistory(urls, own));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return driven;
}

/** A copy is a separate call that began with its original. An answer to one says nothing about the other. */
function withCopies(played: readonly Driven[], copied: readonly string[]): readonly Driven[] {
  const ids = new Set(copied);
  return played.map((driven) => ({
    ...driven,
    calls: driven.calls.flatMap((call): readonly Call[] => {
      const copy = { ...call, id: `${call.id}${copySuffix}`, answeredAt: Infinity, answer: undefined };
      return ids.has(call.id) ? [call, { ...copy, isCopy: true }] : [call];
    }),
  }));
}

const askTriesMax = 20;
const askPauseMs = 250;

/** Asks the API, once the system is quiet, about every key without an answer, tenant by tenant. */
async function readFinally(
  { urls, database }: Pick<SystemUnderTest, 'urls' | 'database'>,
  driven: readonly Driven[],
): Promise<ReadonlyMap<string, FinalReads>> {
  const { shown } = await readCommandIdCover(database);
  const read = new Map<string, FinalReads>();
  for (const [tenant, own] of Map.groupBy(driven, ({ plan }) => plan.tenant)) {
    const calls = own.flatMap((each) => each.calls).filter(({ answer }) => answer === undefined);
    const keys = [...new Set(calls.flatMap(({ key }) => key ?? []))];
    const ask = (key: string) =>
      askFor(`${urls[0] ?? ''}/commands/${shown(commandIdOfKey(key, tenant))}`, tenant);
    read.set(tenant, new Map(await Promise.all(keys.map(async (key) => [key, await ask(key)] as const))));
  }
  return read;
}

async function askFor(url: string, tenant: string): Promise<FinalRead | undefined> {
  for (let tries = 0; tries < askTriesMax; tries += 1) {
    const answer = await exchange(url, { headers: inTenant(tenant) });
    if (answer?.status === 200) return finalReadOf(answer.text);
    await pause(askPauseMs);
  }
  return undefined;
}

/** The stored body is the answer's last member, and is compared to the byte. */
function finalReadOf(text: string): FinalRead {
  const { outcome, status } = JSON.parse(text) as { outcome: FinalRead['outcome']; status: number };
  if (outcome === 'unknown') return { outcome };
  return { outcome, status, text: text.slice(text.indexOf(',"body":') + ',"body":'.length, -1) };
}

export function sumOf(all: readonly Counts[]): Counts {
  const nothing = { epochMs: 0, calls: [], reads: [], finalReads: new Map(), events: [], answers: [] };
  const sum = { ...checkHistory(nothing).counts };
  for (const counts of all)
    for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
  return sum;
}
