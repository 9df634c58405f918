// Lists the segments of the log for operators, with what each table holds of them. Sizes are those of files.
// So no rows are read but the first event of each segment.
import type { Pool } from 'pg';

/** More are not listed. About two hundred should be attached. */
export const segmentsListedMax = 1_000;

export interface ListedSegment {
  readonly segment: number;
  readonly from: bigint;
  /** The last position, included. */
  readonly to: bigint;
  /** Events of the segment so far. */
  readonly events: number;
  /** Bytes of each table with its indexes; 0 if the table has no part for this segment. */
  readonly eventBytes: number;
  readonly outboxBytes: number;
  readonly ledgerBytes: number;
  readonly madeAt: Date;
  readonly outboxDroppedAt: Date | null;
  /** When the first event happened; null if there is none. */
  readonly occurredFrom: Date | null;
}

export interface SegmentList {
  readonly head: bigint;
  /** Segments that are empty, after the head. */
  readonly ahead: number;
  /** The newest first. */
  readonly segments: readonly ListedSegment[];
}

interface Row {
  readonly head: string;
  readonly segment: number | null;
  readonly from_position: string;
  readonly last_position: string;
  readonly events: string;
  readonly event_bytes: string;
  readonly outbox_bytes: string;
  readonly ledger_bytes: string;
  readonly made_at: Date;
  readonly outbox_dropped_at: Date | null;
  readonly occurred_from: Date | null;
}

export async function listSegments(pool: Pool): Promise<SegmentList> {
  const { rows } = await pool.query<Row>({
    name: 'list-segments',
    text: `
      select log_head.position as head,
             segment,
             from_position,
             to_position - 1 as last_position,
             greatest(0, least(log_head.position, to_position - 1) - from_position + 1) as events,
             coalesce(pg_total_relation_size(to_regclass(format('events_s%s', segment))), 0) as event_bytes,
             coalesce(pg_total_relation_size(to_regclass(format('outbox_rows_s%s', segment))), 0) as outbox_bytes,
             coalesce(pg_total_relation_size(to_regclass(format('ledger_postings_s%s', segment))), 0) as ledger_bytes,
             made_at,
             outbox_dropped_at,
             (select occurred_at from events where events.position = from_position) as occurred_from
        from log_head
        left join (select segment, from_position, to_position, made_at, outbox_dropped_at
                     from log_segments
                    order by segment desc
                    limit $1::integer) as newest
          on true
       order by segment desc`,
    values: [segmentsListedMax],
  });
  const segments = rows.flatMap(toSegment);
  return {
    head: BigInt(rows[0]?.head ?? 0),
    ahead: segments.filter(({ events }) => events === 0).length,
    segments,
  };
}

function toSegment(row: Row): readonly ListedSegment[] {
  if (row.segment === null) return [];
  return [
    {
      segment: row.segment,
      from: BigInt(row.from_position),
      to: BigInt(row.last_position),
      events: Number(row.events),
      eventBytes: Number(row.event_bytes),
      outboxBytes: Number(row.outbox_bytes),
      ledgerBytes: Number(row.ledger_bytes),
      madeAt: row.made_at,
      outboxDroppedAt: row.outbox_dropped_at,
      occurredFrom: row.occurred_from,
    },
  ];
}
