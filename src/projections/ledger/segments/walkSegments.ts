// Reads a wallet's entries window by window, from one end of a range of positions. A wallet may have no
// debit for years, so a statement over the whole range would look for one in each segment. The first window
// has few segments, and each further one has four times as many.
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';
import type { AccountEntry, WalletEntriesQuery } from '../forms/ledgerForm.ts';

/** Segments of the first window. A page of a wallet in use lies in one or two. */
const segmentsAtFirst = 4;
const growth = 4;

type ReadWindow = (query: WalletEntriesQuery) => Promise<readonly AccountEntry[]>;

/** As `read` over the whole range. A window ends between two positions, so no event is split. */
export async function walkSegments(
  pool: ReadDatabase,
  query: WalletEntriesQuery,
  read: ReadWindow,
): Promise<readonly AccountEntry[]> {
  const found: AccountEntry[] = [];
  let { above, below } = query;
  for (let segments = segmentsAtFirst; ; segments *= growth) {
    const limit = query.limit - found.length;
    const end = await (query.order === 'desc'
      ? readWindowStart(pool, below, segments)
      : readWindowEnd(pool, above, segments));
    const isLast = end === undefined || end <= above || end >= below;
    if (isLast) return [...found, ...(await read({ ...query, above, below, limit }))];
    const window = query.order === 'desc' ? { above: end - 1n, below } : { above, below: end };
    found.push(...(await read({ ...query, ...window, limit })));
    if (found.length >= query.limit) return found;
    if (query.order === 'desc') below = end;
    else above = end - 1n;
  }
}

interface SegmentRow {
  readonly from_position: string;
}

/** The first position of so many segments below `below`; undefined if there are fewer. */
async function readWindowStart(pool: ReadDatabase, below: bigint, segments: number) {
  const { rows } = await pool.query<SegmentRow>({
    name: 'read-window-start',
    text: `
      select from_position
        from log_segments
       where from_position < $1::bigint
         -- The segments ahead of the ledger are empty.
         and from_position <= (select position
                                 from projector_checkpoints
                                where projection = 'ledger')
       order by from_position desc
      offset $2::integer
       limit 1`,
    values: [below, segments - 1],
  });
  return toPosition(rows);
}

/** The position after so many segments above `above`; undefined if there are fewer. */
async function readWindowEnd(pool: ReadDatabase, above: bigint, segments: number) {
  const { rows } = await pool.query<SegmentRow>({
    name: 'read-window-end',
    text: `
      select from_position
        from log_segments
       where from_position > $1::bigint + 1
       order by from_position
      offset $2::integer
       limit 1`,
    values: [above, segments - 1],
  });
  return toPosition(rows);
}

function toPosition([row]: readonly SegmentRow[]): bigint | undefined {
  return row === undefined ? undefined : BigInt(row.from_position);
}
