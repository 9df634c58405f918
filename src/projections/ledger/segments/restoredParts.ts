// The parts of the ledger below its beginning: those of segments that an operator restored, and those of
// segments that are opened and still in the log. A verification compares them, and a rebuild makes them.
import type { Pool, PoolClient } from 'pg';
import { boundsOf } from '../../../eventStore/positionBounds.ts';
import type { Posting } from '../postings.ts';
import { copyPostings, formatPostings } from '../rebuild/copyPostings.ts';
import { archiveLockKey } from '../sums/lowerBeginning.ts';
import { beginsAfter } from '../sums/sumTexts.ts';
import { type RestoredPart, restorePart } from './restorePart.ts';

interface SegmentRow {
  readonly segment: number;
  readonly from_position: string;
  readonly to_position: string;
}

function toPart({ segment, from_position, to_position }: SegmentRow): RestoredPart {
  return { segment, from: BigInt(from_position), to: BigInt(to_position) };
}

/**
 * The first segment with positions of (after, through] that is in the log and whose postings are in the
 * ledger. Undefined if there is none.
 */
export async function readFirstPart(
  pool: Pool,
  after: bigint,
  through: bigint,
): Promise<RestoredPart | undefined> {
  const { rows } = await pool.query<SegmentRow>({
    name: 'read-first-part',
    text: `
      select segment, from_position, to_position
        from log_segments
       where state = 'attached'
         and to_position - 1 > $1::bigint
         and to_position - 1 <= $2::bigint
         and (from_position > ${beginsAfter}
              or exists (select
                           from ledger_parts('ledger_postings') as known
                          where known.from_position <= log_segments.from_position
                            and known.to_position >= log_segments.to_position))
       order by segment
       limit 1`,
    values: [after, through],
  });
  return rows[0] && toPart(rows[0]);
}

/**
 * Gives the ledger the postings of all segments that are in the log and that it begins after. A rebuild
 * begins after the archive, so it ends with this.
 */
export async function restoreParts(pool: Pool, onPage: () => void): Promise<void> {
  const { rows } = await pool.query<SegmentRow>({
    name: 'read-attached-below-ledger',
    // The newest first, so the ledger begins earlier with each of them.
    text: `
      select segment, from_position, to_position
        from log_segments
       where state = 'attached'
         and to_position - 1 <= ${beginsAfter}
       order by segment desc`,
  });
  for (const row of rows) {
    await restorePart(pool, toPart(row), { onPage });
    onPage();
  }
}

/**
 * Corrects the postings of those positions that the ledger begins after, and returns these positions. The
 * sums that it begins with are those of the events, so no sum changes. The lock keeps the beginning where it
 * is until the end of the caller's database transaction.
 */
export async function correctParts(
  client: PoolClient,
  positions: readonly bigint[],
  postings: readonly Posting[],
): Promise<ReadonlySet<bigint>> {
  await client.query('select pg_advisory_xact_lock_shared($1::bigint)', [archiveLockKey]);
  const { rows } = await client.query<{ begins_after: string }>('select begins_after from ledger_form');
  const begins = BigInt(rows[0]?.begins_after ?? 0);
  const below = positions.filter((position) => position <= begins);
  if (below.length === 0) return new Set();
  await client.query({
    name: 'delete-restored-postings',
    text: `
      delete from ledger_postings
       where position = any($1::bigint[])
         and position between $2::bigint and $3::bigint`,
    values: [below, ...boundsOf(below)],
  });
  const right = postings.filter(({ position }) => position <= begins);
  if (right.length > 0) await copyPostings(client, formatPostings('postings', right), 'ledger_postings');
  return new Set(below);
}
