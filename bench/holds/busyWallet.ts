// Measures place, capture and debit on a wallet with almost as many open holds as it may have, in turns with
// a wallet that has none.
import { withClient } from '../../harness/databases.ts';
import { type BenchEnvironment, launchApi } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../statistics.ts';
import { postmasterOf, takenBy } from './processTime.ts';
import { seedOpenHolds } from './seedOpenHolds.ts';
import { afterSeconds, playSteps, type Step } from './steps.ts';

/** Each connection has a hold more for a moment, and a wallet may have 1,000. */
const openHolds = 930;
const connectionCounts = [64, 1];
const turnsMax = 100_000;
const holders = { 'no open hold': 'w-2', [`${openHolds} open holds`]: 'w-1' };

function turnOn(walletId: string) {
  const path = `/wallets/${walletId}`;
  return (id: string): readonly Step[] => [
    { name: 'place', path: `${path}/holds`, body: `{"holdId":"${id}","amount":"1.00"}` },
    { name: 'capture', path: `${path}/holds/${id}/capture` },
    { name: 'debit', path: `${path}/debit`, body: '{"amount":"1.00"}' },
  ];
}

interface Sample {
  readonly perS: number;
  readonly postgresUs: number;
  readonly apiUs: number;
  readonly p50Ms: Readonly<Record<string, number>>;
  readonly p99Ms: Readonly<Record<string, number>>;
}

export interface BusyRow {
  readonly wallet: string;
  readonly connections: number;
  readonly perS: number;
  readonly postgresUs: number;
  readonly apiUs: number;
  readonly p50Ms: Readonly<Record<string, number>>;
  readonly p99Ms: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
}

export async function measureBusyWallet(
  environment: BenchEnvironment,
  { rounds, seconds }: BenchOptions,
): Promise<readonly BusyRow[]> {
  const database = await environment.databases.create({ wallets: 0 });
  await withClient(database.url, (client) =>
    seedOpenHolds(client, { wallets: 2, holding: 1, holdsPerWallet: openHolds }),
  );
  const postmaster = await postmasterOf(environment.stack.adminUrls.DATABASE_URL);
  const api = await launchApi(environment, database.url);
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round <= rounds; round += 1)
    for (const connections of connectionCounts)
      for (const [wallet, walletId] of Object.entries(holders)) {
        environment.signal.throwIfAborted();
        environment.say(`a wallet with ${wallet}, ${connections} connections, round ${round} of ${rounds}`);
        let sample: Sample | undefined;
        const taken = await takenBy(postmaster, api.pid(), async () => {
          const until = afterSeconds(seconds);
          const played = await playSteps(api.url, turnOn(walletId), { connections, until, turnsMax });
          const of = (which: 'p50' | 'p99') =>
            Object.fromEntries(Object.entries(played.latencyMs).map(([name, one]) => [name, one[which]]));
          const perS = played.commands / played.seconds;
          sample = { perS, p50Ms: of('p50'), p99Ms: of('p99'), postgresUs: 0, apiUs: 0 };
          return played.commands;
        });
        const key = `${wallet} ${connections}`;
        // The first round warms up.
        if (round > 0 && sample !== undefined)
          samples.set(key, [
            ...(samples.get(key) ?? []),
            { ...sample, postgresUs: taken.postgresUs, apiUs: taken.apiUs },
          ]);
      }
  await api.stop();
  await database.drop();
  return connectionCounts.flatMap((connections) =>
    Object.keys(holders).map((wallet) =>
      rowOf(wallet, connections, samples.get(`${wallet} ${connections}`) ?? []),
    ),
  );
}

function rowOf(wallet: string, connections: number, samples: readonly Sample[]): BusyRow {
  const mid = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const byStep = (which: 'p50Ms' | 'p99Ms') =>
    Object.fromEntries(
      ['place', 'capture', 'debit'].map((name) => [name, mid((sample) => sample[which][name] ?? NaN)]),
    );
  return {
    ...{ wallet, connections, samples },
    perS: mid(({ perS }) => perS),
    postgresUs: mid(({ postgresUs }) => postgresUs),
    apiUs: mid(({ apiUs }) => apiUs),
    p50Ms: byStep('p50Ms'),
    p99Ms: byStep('p99Ms'),
  };
}
