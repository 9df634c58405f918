// Stores which failures of the past an operator dismissed, and why. The health model leaves them out. Runs
// when an operator dismisses one, and reads them in every round of the model.
// Invariant: the first dismissal of an occurrence stays as it was written.
import type { ClientBase, Pool } from 'pg';

export interface DismissedOccurrence {
  readonly condition: string;
  /** The id of the workflow's run. */
  readonly occurrence: string;
}

export interface Dismissal extends DismissedOccurrence {
  readonly reason: string;
  /** Tells who: the log of the API has the request. */
  readonly requestId: string;
  readonly dismissedAt: Date;
}

/** Temporal forgets a closed run long before. */
const keptDays = 90;
/** The newest that a round of the model reads. */
const readMax = 1_000;

interface Row {
  readonly condition: string;
  readonly occurrence: string;
  readonly reason: string;
  readonly request_id: string;
  readonly dismissed_at: Date;
}

/** Undefined if this occurrence was not dismissed. */
export async function findDismissal(
  pool: Pick<Pool, 'query'>,
  { condition, occurrence }: DismissedOccurrence,
): Promise<Dismissal | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'find-health-dismissal',
    text: `
      select condition, occurrence, reason, request_id, dismissed_at
        from health_dismissals
       where condition = $1::text
         and occurrence = $2::text`,
    values: [condition, occurrence],
  });
  const [row] = rows;
  return row === undefined ? undefined : toDismissal(row);
}

/**
 * Adds a dismissal, unless a request at the same time was first. Answers the one that stands. Removes those
 * that are too old to matter, so that the table stays small.
 */
export async function addDismissal(
  pool: Pick<Pool, 'query'>,
  added: Omit<Dismissal, 'dismissedAt'>,
): Promise<Dismissal> {
  const { condition, occurrence, reason, requestId } = added;
  await pool.query({
    name: 'add-health-dismissal',
    text: `
      with pruned as (
        delete from health_dismissals
         where dismissed_at < clock_timestamp() - make_interval(days => $5::integer)
      )
      insert into health_dismissals (condition, occurrence, reason, request_id)
      values ($1::text, $2::text, $3::text, $4::text)
          on conflict (condition, occurrence) do nothing`,
    values: [condition, occurrence, reason, requestId, keptDays],
  });
  const stands = await findDismissal(pool, added);
  if (stands === undefined) throw new Error(`the dismissal of ${condition} ${occurrence} is not there`);
  return stands;
}

/** The newest dismissals. */
export async function readDismissed(
  session: Pick<ClientBase, 'query'>,
): Promise<readonly DismissedOccurrence[]> {
  const { rows } = await session.query<DismissedOccurrence>({
    name: 'read-dismissed-occurrences',
    text: `
      select condition, occurrence
        from health_dismissals
       order by dismissed_at desc
       limit $1::integer`,
    values: [readMax],
  });
  return rows;
}

function toDismissal({ request_id: requestId, dismissed_at: dismissedAt, ...row }: Row): Dismissal {
  return { ...row, requestId, dismissedAt };
}
