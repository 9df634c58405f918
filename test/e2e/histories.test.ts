// Plays random histories against real processes: two servers on one database, a worker, and real stores. Each
// answer is compared with the model's answer at the position where the event store put the command.
// `npm run test:faults` does the same while faults are injected.
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTenant } from '../../src/access/tenants.ts';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { rebuildUnderReaders } from '../faults/history/rebuild.ts';
import { type SystemUnderTest, playRound } from '../faults/history/round.ts';
import { compareViews } from '../faults/history/tenantViews.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';

const seed = Number(process.env.HISTORIES_SEED ?? Math.floor(Math.random() * 2 ** 31));
const histories = 210;
const withPauses = 90;
const ofTenants = 50;
/** The seeds of rounds that once found a defect. docs/testing.md names the defects. */
const found = [
  { foundBy: 2_125_598_237, defect: 'a request under a key in use was refused before its fate was known' },
] as const;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let processes: readonly SystemProcess[];
let pool: Pool;
let elasticsearch: Elasticsearch;
let system: SystemUnderTest;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, { LOG_LEVEL: 'info' });
  processes = await Promise.all([
    startProcess('server', config),
    startProcess('server', config),
    startProcess('worker', config),
  ]);
  pool = new Pool({ connectionString: database.url, max: 8 });
  elasticsearch = createElasticsearch({
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    ELASTICSEARCH_TIMEOUT_MS: 10_000,
  });
  const urls = processes.slice(0, 2).map(({ url }) => url);
  const readModelAlias = walletsAlias(config.ELASTICSEARCH_INDEX_PREFIX);
  system = { urls, database: pool, elasticsearch, readModelAlias };
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  await pool.end();
  await elasticsearch.close();
  await database.drop();
});

it(
  `${histories} random histories are answered as the model says, from seed ${seed}`,
  { timeout: 300_000 },
  async () => {
    const plan = { name: 'h', seed, histories, clients: 3, callsPerClient: 6, atOnce: 12 };
    const { findings, counts, events } = await playRound(system, plan);
    expect(findings.slice(0, 10), `HISTORIES_SEED=${seed} repeats it`).toEqual([]);
    // An outcome that never occurs would not be checked.
    for (const outcome of ['acknowledged', 'refused', 'replayed', 'keyReused', 'reads'] as const)
      expect(counts[outcome], outcome).toBeGreaterThan(histories / 4);
    expect(events).toBeGreaterThan(counts.acknowledged);
  },
);

it(
  `${withPauses} random histories in which holds and freezes end are answered so too, from seed ${seed}`,
  { timeout: 300_000 },
  async () => {
    const paused = { clients: 3, callsPerClient: 10, atOnce: 24, thinkMaxMs: 400 };
    const plan = { name: 'p', seed, histories: withPauses, ...paused };
    const { findings, outcomes } = await playRound(system, plan);
    expect(findings.slice(0, 10), `HISTORIES_SEED=${seed} repeats it`).toEqual([]);
    for (const kind of [
      'place',
      'capture',
      'void',
      'adjust',
      'reverse',
      'freeze',
      'unfreeze',
      'close',
      'limits',
      'velocity',
      'alerts',
    ])
      expect(outcomes[kind]?.accepted, kind).toBeGreaterThan(0);
    expect(outcomes.details?.accepted).toBeGreaterThan(0);
    expect(outcomes.capture?.HOLD_EXPIRED).toBeGreaterThan(0);
    expect(outcomes['due ended']?.['HoldReleased by the sweep']).toBeGreaterThan(0);
  },
);

it.each(found)(
  'random histories are answered as the model says from seed $foundBy too, which found: $defect',
  async ({ foundBy }) => {
    const plan = {
      name: `f${foundBy}`,
      seed: foundBy,
      histories: 30,
      clients: 3,
      callsPerClient: 6,
      atOnce: 12,
    };
    expect((await playRound(system, plan)).findings).toEqual([]);
  },
);

it(
  `${ofTenants} random histories of two tenants with equal ids and keys show neither the other, from seed ${seed}`,
  { timeout: 300_000 },
  async () => {
    const tenants = ['', 'banktwo'];
    await createTenant(pool, 'banktwo', 'Bank two');
    const plan = {
      name: 't',
      seed,
      histories: ofTenants,
      tenants,
      clients: 3,
      callsPerClient: 6,
      atOnce: 12,
    };
    const { findings, counts } = await playRound(system, plan);
    expect(findings.slice(0, 10), `HISTORIES_SEED=${seed} repeats it`).toEqual([]);
    expect(counts.acknowledged).toBeGreaterThan(ofTenants);
    const views = await compareViews(system, tenants);
    expect(views.findings.slice(0, 10)).toEqual([]);
    expect(views.read).toBeGreaterThan(ofTenants);
    for (const { url, lines } of processes) {
      expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('banktwo');
      for (const line of lines.filter((one) => one.includes('"walletId"') && one.includes('"requestId":"t-')))
        expect((JSON.parse(line) as { tenant?: string }).tenant, line).toBe(
          line.includes('-banktwo.') ? 'banktwo' : undefined,
        );
    }
    expect(processes.flatMap(({ lines }) => lines).join(' ')).toContain('"tenant":"banktwo"');
  },
);

it('a rebuild under readers makes every document again as the random histories left it', async () => {
  const { findings, before, after, reads } = await rebuildUnderReaders(system);
  expect(findings).toEqual([]);
  expect(after).toBe(before);
  expect(reads).toBeGreaterThan(0);
});
