// Sends a few commands among the load and follows each until its event is visible: as the document by id, as
// a search hit, and as a ledger row. Time runs from `occurred_at`, which the database's clock gives a command
// before it is decided. That is a little too early, never too late.
import { harnessKey } from '../../harness/keys.ts';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import { createWalletClient } from '../../src/client/index.ts';
import { type LoadResult, walletIdOf } from '../load/load.ts';
import { unanswered } from '../load/unanswered.ts';
import { latencyOf } from '../statistics.ts';

/** The interval at which a place is probed. The measured times are that coarse. */
const pollsEveryMs = { id: 5, search: 15, ledger: 5 } as const;
export type Place = keyof typeof pollsEveryMs;
export const places = Object.keys(pollsEveryMs) as Place[];
/** An event that is not visible for that long is a failure. */
const visibleWithinMs = 60_000;
/** Most events followed at once, which bounds the probes' requests. */
const followedMax = 5_000;

interface Sample {
  readonly walletId: string;
  readonly version: number;
  readonly answeredAtMs: number;
  readonly seenAtMs: Partial<Record<Place, number>>;
}

export interface Watched {
  readonly elasticsearch: Client;
  /** The alias that is read. */
  readonly index: string;
  readonly pool: Pool;
}

export interface Lag {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export interface SampleOptions {
  readonly url: string;
  readonly wallets: { readonly first: number; readonly count: number };
  readonly seconds: number;
  readonly ratePerS: number;
}

/** Sends the samples at their pace, waits until each is visible everywhere, and gives the lags. */
export async function followSamples(
  { url, wallets, seconds, ratePerS }: SampleOptions,
  watched: Watched,
  signal: AbortSignal,
): Promise<{ readonly load: LoadResult; readonly lags: Readonly<Record<Place, Lag>> }> {
  const samples: Sample[] = [];
  const sending = sendSamples({ url, wallets, seconds, ratePerS }, samples, signal);
  let isSent = false;
  const followers = Promise.all(places.map((place) => follow(place, samples, watched, () => isSent, signal)));
  // A follower's failure is reported at the end. Until then nobody awaits it.
  followers.catch(() => undefined);
  const load = await sending;
  isSent = true;
  await followers;
  const occurredAtMs = await readTimes(watched.pool, samples);
  const lags = places.map((place): [Place, Lag] => [
    place,
    lagOf(samples.map((sample, at) => (sample.seenAtMs[place] ?? NaN) - (occurredAtMs[at] ?? NaN))),
  ]);
  return { load, lags: Object.fromEntries(lags) as Record<Place, Lag> };
}

function lagOf(valuesMs: readonly number[]): Lag {
  const { p50, p95, p99 } = latencyOf(valuesMs);
  return {
    samples: valuesMs.length,
    p50Ms: p50,
    p95Ms: p95,
    p99Ms: p99,
    worstMs: valuesMs.reduce((most, value) => Math.max(most, value), 0),
  };
}

/** The wall clock, to fractions of a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

async function sendSamples(
  { url, wallets, seconds, ratePerS }: SampleOptions,
  samples: Sample[],
  signal: AbortSignal,
): Promise<LoadResult> {
  // One try, because failures are to be counted.
  const client = createWalletClient({ url, apiKey: harnessKey.text, retries: { attemptsMax: 1 } });
  const latenciesMs: number[] = [];
  let failed = 0;
  const send = async () => {
    const walletId = walletIdOf(wallets.first + randomInt(wallets.count));
    const sentAtMs = nowMs();
    const answer = await client
      .creditWallet({ walletId, amount: '1.00', description: 'bench' })
      .catch(unanswered);
    const answeredAtMs = nowMs();
    latenciesMs.push(answeredAtMs - sentAtMs);
    if (answer?.ok === true)
      samples.push({ walletId, version: answer.value.version, answeredAtMs, seenAtMs: {} });
    else failed += 1;
  };
  const startedAt = performance.now();
  const inFlight = new Set<Promise<void>>();
  for (let sent = 0; sent < seconds * ratePerS; sent += 1) {
    signal.throwIfAborted();
    await pause(Math.max(0, startedAt + (sent * 1_000) / ratePerS - performance.now()));
    const sending = send().finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }
  await Promise.all(inFlight);
  const elapsedS = (performance.now() - startedAt) / 1e3;
  return {
    seconds: elapsedS,
    acknowledged: samples.length,
    refused: 0,
    failed,
    latencyMs: latencyOf(latenciesMs),
  };
}

/** Probes one place until every sample is visible there. Throws if one stays invisible. */
async function follow(
  place: Place,
  samples: readonly Sample[],
  watched: Watched,
  isSent: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const probe = probes[place];
  let open: Sample[] = [];
  let taken = 0;
  for (;;) {
    signal.throwIfAborted();
    const isLast = isSent();
    open.push(...samples.slice(taken));
    taken = samples.length;
    if (open.length === 0 && isLast) return;
    const asked = open.slice(0, followedMax);
    if (asked.length > 0) {
      const isVisible = await probe(watched, asked);
      const seenAtMs = nowMs();
      for (const sample of asked) if (isVisible(sample)) sample.seenAtMs[place] = seenAtMs;
      open = open.filter((sample) => sample.seenAtMs[place] === undefined);
      const [oldest] = open;
      if (oldest !== undefined && seenAtMs - oldest.answeredAtMs > visibleWithinMs) {
        throw new Error(
          `version ${oldest.version} of ${oldest.walletId} is not visible in ${place} after ${visibleWithinMs} ms`,
        );
      }
    }
    await pause(pollsEveryMs[place]);
  }
}

type Probe = (watched: Watched, asked: readonly Sample[]) => Promise<(sample: Sample) => boolean>;

/** Versions of documents only grow, so a later version proves that the sample's version was visible. */
function byVersion(found: ReadonlyMap<string, number>): (sample: Sample) => boolean {
  return ({ walletId, version }) => (found.get(walletId) ?? 0) >= version;
}

const probes: Readonly<Record<Place, Probe>> = {
  id: async ({ elasticsearch, index }, asked) => {
    const ids = [...new Set(asked.map(({ walletId }) => walletId))];
    const { docs } = await elasticsearch.mget({ index, ids, _source: false });
    return byVersion(
      new Map(docs.map((answer) => [answer._id, '_version' in answer ? (answer._version ?? 0) : 0])),
    );
  },
  search: async ({ elasticsearch, index }, asked) => {
    const values = [...new Set(asked.map(({ walletId }) => walletId))];
    const { hits } = await elasticsearch.search({
      index,
      size: values.length,
      version: true,
      _source: false,
      query: { ids: { values } },
    });
    return byVersion(new Map(hits.hits.map(({ _id, _version }) => [_id ?? '', _version ?? 0])));
  },
  ledger: async ({ pool }, asked) => {
    const { rows } = await pool.query<{ wallet_id: string; version: string }>({
      name: 'bench-booked',
      text: `
        select events.wallet_id, events.version
          from unnest($1::text[], $2::bigint[]) as asked (wallet_id, version)
          join events on events.wallet_id = asked.wallet_id and events.version = asked.version
         where exists (select from ledger_postings
                        where ledger_postings.position = events.position)`,
      values: [asked.map(({ walletId }) => walletId), asked.map(({ version }) => version)],
    });
    const booked = new Set(rows.map(({ wallet_id, version }) => `${wallet_id} ${version}`));
    return ({ walletId, version }) => booked.has(`${walletId} ${version}`);
  },
};

async function readTimes(pool: Pool, samples: readonly Sample[]): Promise<readonly number[]> {
  const { rows } = await pool.query<{ at: string }>(
    `select extract(epoch from events.occurred_at) * 1000 as at
       from unnest($1::text[], $2::bigint[]) with ordinality as asked (wallet_id, version, number)
       join events on events.wallet_id = asked.wallet_id and events.version = asked.version
      order by number`,
    [samples.map(({ walletId }) => walletId), samples.map(({ version }) => version)],
  );
  return rows.map(({ at }) => Number(at));
}
