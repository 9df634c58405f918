// Measures the reads whose cost could grow with what there is: the summary of an owner with many wallets, the
// holds of a wallet of which many ended, the statement of a long stream, and searches by metadata.
import type { ClientBase } from 'pg';
import { withClient } from '../../harness/databases.ts';
import type { BenchEnvironment } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { openSceneOn } from '../projections/scene.ts';
import { finishSeed } from './seedState.ts';
import { afterSeconds, playSteps } from './steps.ts';
import { makeRoom } from '../database/room.ts';

const sizes = { documents: 200_000, ofOwner: 100_000, endedHolds: 100_000, events: 1_000_000 };
const quickSizes = { documents: 5_000, ofOwner: 2_500, endedHolds: 2_500, events: 10_000 };
type Sizes = typeof sizes;

export interface ReadRow {
  readonly read: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly reads: number;
}

/** Reads of one kind, at most. */
const readsMax = 300;
const secondsMax = 15;

export async function measureReads(
  environment: BenchEnvironment,
  { quick }: BenchOptions,
): Promise<readonly ReadRow[]> {
  const size = quick ? quickSizes : sizes;
  const database = await environment.databases.create({ wallets: 0 });
  environment.say('seeding documents, ended holds and a long stream');
  await withClient(database.url, (client) => seedReads(client, size));
  const scene = await openSceneOn(environment, database);
  const api = await scene.launchApi();
  environment.say('making the read model');
  await scene.temporal.workflow.execute('rebuildAllReadModels', {
    ...{ taskQueue: scene.taskQueue, workflowId: `${scene.idPrefix}rebuild-read-model` },
    args: [{ graceS: 0 }],
  });
  const rows: ReadRow[] = [];
  for (const [read, pathOf] of Object.entries(pathsOf(size))) {
    environment.say(read);
    let at = 0;
    const turn = () => [{ name: 'read', method: 'GET', path: pathOf((at += 1)) } as const];
    const played = await playSteps(api.url, turn, {
      ...{ connections: 1, turnsMax: readsMax },
      until: afterSeconds(secondsMax),
    });
    const { p50, p99 } = played.latencyMs.read ?? { p50: NaN, p99: NaN };
    rows.push({ read, p50Ms: p50, p99Ms: p99, reads: played.commands });
  }
  await scene.dismiss();
  return rows;
}

function pathsOf({ documents }: Sizes): Readonly<Record<string, (at: number) => string>> {
  const from = '2026-01-01T00:00:00.000Z';
  return {
    'one wallet, strong': (at) => `/wallets/w-${1 + ((at * 7919) % documents)}?consistency=strong`,
    'summary of an owner with one wallet': () => `/owners/owner-${documents}/summary`,
    'summary of the owner with many wallets': () => '/owners/many/summary',
    'newest holds of a wallet with many ended ones': () => '/wallets/holder/holds',
    'open holds of it': () => '/wallets/holder/holds?status=open',
    'voided holds of it, which are few': () => '/wallets/holder/holds?status=voided',
    'one hold of it': (at) => `/wallets/holder/holds/h-${at}`,
    'statement of a long stream, first page': () => '/wallets/long/statement',
    'statement of its last day': () => `/wallets/long/statement?from=${from}`,
    'search by one value of metadata': (at) => `/wallets?metadata[order]=${1 + ((at * 7919) % documents)}`,
    'search by a label and a frequent value': () => '/wallets?label=vip&metadata[shop]=3&limit=20',
    'search by metadata, sorted by balance': () =>
      '/wallets?metadata[shop]=3&currency=USD&sort=balance&order=desc&limit=20',
  };
}

async function seedReads(
  client: ClientBase,
  { documents, ofOwner, endedHolds, events }: Sizes,
): Promise<void> {
  const long = events;
  const total = 2 * documents + (1 + 2 * endedHolds) + long;
  await makeRoom(client, total);
  await client.query('begin');
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, balance_minor, currency, command_id, extra,
                         details_version)
     select v.n + $1::bigint * (v.v - 1), 'w-' || v.n, v.v,
            case v.v when 1 then 'WalletCreated' else 'WalletDetailsChanged' end, '2026-01-01', v.n, 'USD',
            md5(v.n || ' of ' || v.v)::uuid,
            case v.v when 1 then jsonb_build_object('ownerId', case when v.n <= $2 then 'many' else 'owner-' || v.n end)
                     else jsonb_build_object('details', jsonb_build_object(
                            'metadata', jsonb_build_object('order', v.n::text, 'shop', (v.n % 100)::text),
                            'labels', case v.n % 2 when 0 then jsonb_build_array('vip') else '[]' end)) end,
            case v.v when 2 then 2 end
       from (select n, v from generate_series(1, 2) as v, generate_series(1, $1::integer) as n) as v
      order by 1`,
    [documents, ofOwner],
  );
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, amount_minor, balance_minor, held_minor,
                         currency, command_id, description, extra)
     select $1::bigint + v, 'holder', v,
            case when v = 1 then 'WalletCreated' when v % 2 = 0 then 'HoldPlaced' else 'HoldReleased' end,
            '2026-01-01'::timestamptz + v * interval '1 s', case when v > 1 then 100 end, 1000000,
            case when v % 2 = 0 then 100 end, 'USD', md5('holder ' || v)::uuid, case when v > 1 then 'bench' end,
            case when v = 1 then '{"ownerId": "holder"}'
                 when v % 2 = 0 then jsonb_build_object('holdId', 'h-' || v / 2, 'expiresAt', '2026-06-01T00:00:00.000Z')
                 else jsonb_build_object('holdId', 'h-' || v / 2,
                        'reason', case when v / 2 <= 10 then 'voided' else 'expired' end) end
       from generate_series(1, $2::integer) as v`,
    [2 * documents, 1 + 2 * endedHolds],
  );
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, amount_minor, balance_minor, currency,
                         command_id, description, extra)
     select $1::bigint + v, 'long', v, case v when 1 then 'WalletCreated' else 'WalletCredited' end,
            '2026-01-01'::timestamptz - ($2::integer - v) * interval '30 s', case when v > 1 then 100 end, 100 * v, 'USD',
            md5('long ' || v)::uuid, case when v > 1 then 'bench' end, case v when 1 then '{"ownerId": "long"}'::jsonb end
       from generate_series(1, $2::integer) as v`,
    [total - long, long],
  );
  await seedRowsOfReads(client, 1 + 2 * endedHolds, long);
  await finishSeed(client, total);
}

/** Makes the rows of wallets, holds and details from the events. */
async function seedRowsOfReads(
  client: ClientBase,
  holderVersion: number,
  longVersion: number,
): Promise<void> {
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at, details_version)
     select last.wallet_id, first.extra ->> 'ownerId', 'USD', last.balance_minor, last.version, first.occurred_at,
            last.occurred_at, last.details_version
       from events as first
       join events as last on last.wallet_id = first.wallet_id
        and last.version = case first.wallet_id when 'holder' then $1::bigint when 'long' then $2::bigint else 2 end
      where first.version = 1`,
    [holderVersion, longVersion],
  );
  await client.query(
    `insert into holds (wallet_id, hold_id, amount_minor, captured_minor, released_minor, remaining_minor, expires_at,
                        created_at, ended_at, ended_as, currency, description, metadata, captures)
     select 'holder', placed.extra ->> 'holdId', 100, 0, 100, 0, '2026-06-01', placed.occurred_at, ended.occurred_at,
            ended.extra ->> 'reason', 'USD', 'bench', '{}', '[]'
       from events as placed
       join events as ended on ended.wallet_id = 'holder' and ended.version = placed.version + 1
      where placed.wallet_id = 'holder'
        and placed.type = 'HoldPlaced'`,
  );
  await client.query(
    `insert into wallet_details (wallet_id, metadata, labels)
     select wallet_id, extra #> '{details,metadata}',
            array(select jsonb_array_elements_text(extra #> '{details,labels}'))
       from events
      where type = 'WalletDetailsChanged'`,
  );
}
