// `npm run test:unwell [-- <text>]`: produces each way to be unwell, or those with that text in their name.
// It types the advice and prints after how many seconds each view told the fault. It ends with 1 if a way was
// not told, or if the advice did not help.
import { reachLoopbackDirectly } from '../../../src/loopbackDirect.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { urlOfDatabase, withClient } from '../../../harness/databases.ts';
import { withEnvironment } from '../../../harness/environment.ts';
import { printTable } from '../../../harness/reporting.ts';
import { partNames } from '../../../stack/part.ts';
import { migrationRole, serviceRole } from '../../../stack/postgresRoles.ts';
import type { Stack } from '../../../stack/stack.ts';
import { runInTurn } from './everyWay.ts';
import { storeWays } from './storeWays.ts';
import { type SharedParts, startStoreSurroundings, startWorkSurroundings } from './surroundings.ts';
import type { Told } from './way.ts';
import { webhookWays } from './webhookWays.ts';
import { workWays } from './workWays.ts';

const head = [
  'way to be unwell',
  'condition',
  'health',
  'doctor',
  'code',
  '/readyz API',
  '/readyz worker',
  'over',
];

/** Returns its URL for the role of the service. */
async function createDatabase({ adminUrls, urls }: Stack, name: string): Promise<string> {
  const { DATABASE_URL, DATABASE_MIGRATION_URL = DATABASE_URL } = urls;
  const create = `create database ${name} owner ${migrationRole}`;
  await withClient(adminUrls.DATABASE_URL, (admin) => admin.query(create));
  const owned = urlOfDatabase(DATABASE_MIGRATION_URL, name);
  await withClient(owned, (client) => migrate(client, serviceRole));
  return urlOfDatabase(DATABASE_URL, name);
}

async function main(wanted: string): Promise<boolean> {
  return withEnvironment('unwell', partNames, async ({ stack, say }) => {
    await using closings = new AsyncDisposableStack();
    const { urls } = stack;
    const shared: SharedParts = {
      databaseUrl: await createDatabase(stack, 'unwell'),
      adminDatabaseUrl: urlOfDatabase(stack.adminUrls.DATABASE_URL, 'unwell'),
      otherDatabaseUrl: await createDatabase(stack, 'unwell_other'),
      redisUrl: urls.REDIS_URL,
      elasticsearchUrl: urls.ELASTICSEARCH_URL,
      temporalAddress: urls.TEMPORAL_ADDRESS,
    };
    const isWanted = ({ name }: { readonly name: string }) => name.includes(wanted);
    const results = [
      ...runInTurn(startStoreSurroundings(shared, 'unwell-stores', closings), storeWays.filter(isWanted)),
      ...runInTurn(
        startWorkSurroundings(shared, 'unwell-work', closings),
        [...webhookWays, ...workWays].filter(isWanted),
      ),
    ];
    let isGood = true;
    const rows: (readonly string[])[] = [];
    for (const [name, result] of results) {
      try {
        rows.push(rowOf(await result));
        say(`unwell: ${rows.at(-1)?.join(' | ') ?? ''}`);
      } catch (error) {
        isGood = false;
        say(`unwell: FAILED ${String(error)}`);
        rows.push([name, 'FAILED', ...head.slice(2).map(() => '-')]);
      }
    }
    printTable('Seconds from the fault until it is told, and from the advice until it is over', head, rows);
    return isGood;
  });
}

function rowOf({ name, condition, doctorCode, toldAfterS, overAfterS }: Told): readonly string[] {
  const seconds = (value: number | null) => (value === null ? 'no' : value.toFixed(1));
  const { health, doctor, apiReadyz, workerReadyz } = toldAfterS;
  return [
    ...[name, condition, seconds(health), seconds(doctor), String(doctorCode)],
    ...[seconds(apiReadyz), seconds(workerReadyz), seconds(overAfterS)],
  ];
}

reachLoopbackDirectly(process.env);
process.exit((await main(process.argv[2] ?? '')) ? 0 : 1);
