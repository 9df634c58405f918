// Compares the clients' answers with the database, command by command. An acknowledged command that is
// missing is lost. A command that is there more than once is doubled.
import type { Client } from 'pg';
import { readCommandIdCover } from '../../harness/commandIdCover.ts';
import { withClient } from '../../harness/databases.ts';
import type { BenchDatabase } from '../database/databases.ts';
import { seededEvents } from '../database/seed.ts';
import type { AcknowledgedCommand } from './retryingClient.ts';

export interface Comparison {
  readonly acknowledged: number;
  /** Acknowledged commands without their events or without their stored answer. */
  readonly lost: number;
  /** Commands, acknowledged or not, with more events than they may have. */
  readonly doubled: number;
  /** Acknowledged commands whose event has another version than their answer said. */
  readonly answeredWrongly: number;
}

/** Compares all commands that were acknowledged on this database so far. */
export async function compareWithDatabase(
  database: BenchDatabase,
  commands: readonly AcknowledgedCommand[],
): Promise<Comparison> {
  return withClient(database.url, async (client) => {
    await storeAcknowledged(client, commands);
    const { rows } = await client.query<Record<'lost' | 'doubled' | 'wrong', string>>(
      `with carried_out as (
         select coalesce(events.command_id, (metadata ->> 'commandId')::uuid) as command_id,
                count(*) filter (where type <> 'TransferReceived') as events,
                count(*) filter (where type = 'TransferReceived') as received,
                min(version) filter (where type <> 'TransferReceived') as version,
                min(case type when 'WalletCredited' then 'credit'
                              when 'WalletDebited' then 'debit'
                              when 'TransferSent' then 'transfer' end) as operation
           from events
          where position > $1::bigint
          group by 1
       )
       select (select count(*)
                 from acknowledged
                 left join carried_out using (command_id)
                 left join idempotency_keys as answers using (command_id)
                where answers.command_id is null
                   or carried_out.operation is distinct from acknowledged.operation
                   or carried_out.received is distinct from (acknowledged.operation = 'transfer')::integer)
                as lost,
              (select count(*) from carried_out where events > 1 or received > 1) as doubled,
              (select count(*)
                 from acknowledged
                 join carried_out using (command_id)
                where carried_out.version <> acknowledged.version) as wrong`,
      [seededEvents(database.seed)],
    );
    const [found] = rows;
    return {
      acknowledged: commands.length,
      lost: Number(found?.lost),
      doubled: Number(found?.doubled) + twiceAcknowledged(commands),
      answeredWrongly: Number(found?.wrong),
    };
  });
}

async function storeAcknowledged(client: Client, commands: readonly AcknowledgedCommand[]): Promise<void> {
  const cover = await readCommandIdCover(client);
  await client.query('create temporary table acknowledged (command_id uuid, operation text, version bigint)');
  await client.query(
    `insert into acknowledged (command_id, operation, version)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[])`,
    [
      // Every command has a key, so its answer told the covered id.
      commands.map(({ commandId }) => cover.inside(commandId).at(-1)),
      commands.map(({ operation }) => operation),
      commands.map(({ version }) => version),
    ],
  );
  await client.query('analyze acknowledged');
}

/** Counts keys that share a command id. Two such keys would hide a loss. */
function twiceAcknowledged(commands: readonly AcknowledgedCommand[]): number {
  return commands.length - new Set(commands.map(({ commandId }) => commandId)).size;
}
