// The head of the log: the highest position given out. `log_head` has one row; appendBatch.ts raises it.
import type { Pool, PoolClient } from 'pg';

/** After every position. */
export const positionMax = 2n ** 63n - 1n;

/** `log_head` has no row, which happens only after an incomplete restore. Nothing was written. */
export class LogHeadMissingError extends Error {
  override readonly name = 'LogHeadMissingError';

  constructor() {
    super('log_head has no row: restore the database whole, or run the migrations');
  }
}

/** The fence of the log was moved after the batch was loaded. Nothing was written. */
export class FenceMovedError extends Error {
  override readonly name = 'FenceMovedError';

  constructor() {
    super('the fence of the log was moved: the batch is loaded again');
  }
}

/** The position of the last committed event; 0 in an empty log. */
export async function readHead(database: Pick<Pool | PoolClient, 'query'>): Promise<bigint> {
  const { rows } = await database.query<{ position: string }>({
    name: 'read-head',
    text: `
      select position
        from log_head`,
  });
  const [row] = rows;
  if (row === undefined) throw new LogHeadMissingError();
  return BigInt(row.position);
}

/**
 * The head of a log that has no event after `after`, if the head is above it. Then the end of the log is
 * missing. Undefined if all is well. One statement, because head and events rise together.
 */
export async function readHeadWithoutEvents(
  database: Pool | PoolClient,
  after: bigint,
): Promise<bigint | undefined> {
  const { rows } = await database.query<{ position: string }>({
    name: 'read-head-without-events',
    text: `
      select position
        from log_head
       where position > $1::bigint
         and not exists (
               select
                 from events
                where events.position > $1::bigint
             )`,
    values: [after],
  });
  const [row] = rows;
  return row === undefined ? undefined : BigInt(row.position);
}

/** A batch that loads from now on can append under no lower fence than this. */
export async function readFence(database: Pick<Pool | PoolClient, 'query'>): Promise<bigint> {
  const { rows } = await database.query<{ fence: string }>({
    name: 'read-fence',
    text: `
      select fence
        from log_head`,
  });
  const [row] = rows;
  if (row === undefined) throw new LogHeadMissingError();
  return BigInt(row.fence);
}

/** Moves the fence. Every batch that was loaded before and has not appended yet loads again. */
export async function raiseFence(database: Pick<Pool | PoolClient, 'query'>): Promise<void> {
  await database.query({
    name: 'raise-fence',
    text: `
      update log_head
         set fence = fence + 1`,
  });
}
