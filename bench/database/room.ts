// Makes segments of the log for as many events as a benchmark seeds.
import type { ClientBase } from 'pg';

/** Makes segments until the log has this many free positions. Does nothing in a log that is not cut. */
export async function makeRoom(client: Pick<ClientBase, 'query'>, events: number): Promise<void> {
  for (let made = 1; made > 0;) {
    const { rows } = await client.query<{ made: number }>(
      'select keep_log_segments(null, $1::bigint) as made',
      [events],
    );
    made = rows[0]?.made ?? 0;
  }
}
