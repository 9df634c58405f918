// Reads the audit log, the newest row first. A read examines a bounded number of rows, however few of them
// fit its filter. Its page may therefore be short and still lead on.
import type { Pool } from 'pg';

/** Rows that one read examines at most. */
export const examinedMax = 10_000;

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly address: string;
  readonly operation: string;
  readonly target: string;
  readonly reason: string | null;
  readonly requestId: string;
  readonly requests: number;
  /** Null if the process died before it was known, or if the action is under way. */
  readonly outcome: { readonly at: Date; readonly status: number; readonly code: string | null } | null;
}

/** A place in the log. The next page begins after it. */
export interface AuditKey {
  readonly atMs: number;
  readonly id: string;
}

export interface AuditQuery {
  /** Undefined means every tenant. */
  readonly tenant: string | undefined;
  readonly actor: string | undefined;
  readonly operation: string | undefined;
  /** All of the target, or what stands before its first space. */
  readonly target: string | undefined;
  readonly requestId: string | undefined;
  /** Included. */
  readonly from: Date | undefined;
  /** Not included. */
  readonly to: Date | undefined;
  readonly after: AuditKey | undefined;
  readonly limit: number;
}

export interface AuditPage {
  readonly rows: readonly AuditRow[];
  /** Undefined at the end of the log. */
  readonly next: AuditKey | undefined;
}

interface Row extends Omit<AuditRow, 'requestId' | 'outcome'> {
  readonly request_id: string;
  /** False for the last examined row, which comes once more to say how far the read came. */
  readonly fits: boolean;
}

interface OutcomeRow {
  readonly audit_id: string;
  readonly at: Date;
  readonly status: number;
  readonly code: string | null;
}

/** After every row of the log. */
const newest: AuditKey = { atMs: Date.UTC(9999, 0), id: '0' };
const oldest = new Date(0);

/** One page, with the outcome of each row. */
export async function readAuditPage(pool: Pick<Pool, 'query'>, query: AuditQuery): Promise<AuditPage> {
  const found = await readExamined(pool, query);
  const fitting = found.filter(({ fits }) => fits);
  const rows = fitting.slice(0, query.limit);
  const outcomes = await readOutcomes(pool, rows);
  const end = fitting.length > rows.length ? rows.at(-1) : found.find(({ fits }) => !fits);
  return {
    rows: rows.map((row) => toAuditRow(row, outcomes.get(row.id))),
    next: end === undefined ? undefined : { atMs: end.at.getTime(), id: end.id },
  };
}

/**
 * The rows that fit, one more than the page takes. If the bound of examined rows ended the read, the last of
 * them comes with them.
 */
async function readExamined(pool: Pick<Pool, 'query'>, query: AuditQuery): Promise<readonly Row[]> {
  const { tenant, actor, operation, target, requestId, from = oldest, to, after = newest, limit } = query;
  // A row at the very time of `to` is not included, whatever its id.
  const start = to !== undefined && to.getTime() <= after.atMs ? { atMs: to.getTime(), id: '0' } : after;
  const { rows } = await pool.query<Row>({
    name: 'read-audit-page',
    text: `
      with examined as materialized (
        select id, at, actor, tenant, address, operation, target, reason, request_id, requests
          from audit_log
         where at >= $1::timestamptz
           and (at, id) < ($2::timestamptz, $3::bigint)
         order by at desc, id desc
         limit $4::integer
      )
      (select id, at, actor, tenant, address, operation, target, reason, request_id, requests, true as fits
         from examined
        where ($5::text is null or tenant = $5::text)
          and ($6::text is null or actor = $6::text)
          and ($7::text is null or operation = $7::text)
          and ($8::text is null or target = $8::text or split_part(target, ' ', 1) = $8::text)
          and ($9::text is null or request_id = $9::text)
        order by at desc, id desc
        limit $10::integer)
       union all
      (select id, at, actor, tenant, address, operation, target, reason, request_id, requests, false
         from examined
        order by at desc, id desc
       offset $4::integer - 1
        limit 1)`,
    values: [
      ...[from, new Date(start.atMs), start.id, examinedMax],
      ...[tenant, actor, operation, target, requestId, limit + 1],
    ],
  });
  return rows;
}

async function readOutcomes(
  pool: Pick<Pool, 'query'>,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, OutcomeRow>> {
  if (rows.length === 0) return new Map();
  const { rows: outcomes } = await pool.query<OutcomeRow>({
    name: 'read-audit-outcomes',
    text: `
      select audit_id, at, status, code
        from audit_outcomes
       where audit_id = any($1::bigint[])`,
    values: [rows.map(({ id }) => id)],
  });
  return new Map(outcomes.map((outcome) => [outcome.audit_id, outcome]));
}

function toAuditRow(row: Row, outcome: OutcomeRow | undefined): AuditRow {
  const { id, at, actor, tenant, address, operation, target, reason, request_id: requestId, requests } = row;
  return {
    ...{ id, at, actor, tenant, address, operation, target, reason, requestId, requests },
    outcome: outcome === undefined ? null : { at: outcome.at, status: outcome.status, code: outcome.code },
  };
}
