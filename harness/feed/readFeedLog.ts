// Reads from the log which events the feed has to show, without the code of the feed.
import type { Pool } from 'pg';
import type { LoggedEvent } from './firstArrivals.ts';

export interface FeedLogEvent extends LoggedEvent {
  /** As the log names it. An alert has the type `WalletAlert`. */
  readonly type: string;
  /** An event and its alerts have one. */
  readonly position: bigint;
}

/** The events of the tenant without a name after this position, each with its alerts after it. */
export async function readFeedLog(
  database: Pick<Pool, 'query'>,
  after: bigint,
): Promise<readonly FeedLogEvent[]> {
  const { rows } = await database.query<{
    position: string;
    wallet: string;
    version: string;
    type: string;
    alerts: number;
  }>(
    `select position, wallet_id as wallet, version, type,
            coalesce(jsonb_array_length(coalesce(extra, data) -> 'alerts'), 0) as alerts
       from events
      where position > $1::bigint
        and strpos(wallet_id, '/') = 0
      order by position`,
    [after.toString()],
  );
  return rows.flatMap(({ position, wallet, version, type, alerts }) =>
    Array.from({ length: alerts + 1 }, (_, number) => ({
      id: `${wallet}@${version}${number === 0 ? '' : `:${String(number).padStart(2, '0')}`}`,
      subject: wallet,
      type: number === 0 ? type : 'WalletAlert',
      position: BigInt(position),
    })),
  );
}
