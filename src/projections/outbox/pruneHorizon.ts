// Decides up to which time a prune may delete. A clock that jumps ahead would end the retention of every row,
// and a repeated command would then take effect again. So two clocks must agree that a row is old, and the
// time may not move further than the last prune explains. Invariant: without an operator's confirmation, one
// jump of all clocks shortens the retention by a quarter at most, or by three hours if it is shorter than
// twelve.
import type { Pool } from 'pg';

export type PruneSubject = 'idempotency generations' | 'outbox rows';

export interface PruneClocks {
  readonly databaseNow: Date;
  /** The clock of this process. */
  readonly processNow: Date;
}

export interface PruneRequest {
  readonly subject: PruneSubject;
  readonly retentionHours: number;
  readonly processNow: Date;
  /** An operator says that the clocks are right. */
  readonly confirmed: boolean;
}

/** Rows written from `after` on and before `before` are past their retention. */
export interface PruneWindow {
  readonly after: Date;
  readonly before: Date;
}

/** The prune would delete more than the last one explains. The message says what to do. */
export class PruneRefusedError extends Error {
  override readonly name = 'PruneRefusedError';
}

const hourMs = 3_600_000;
/** The schedule prunes every hour, so this allows for two missed runs. */
const stepMinHours = 3;
/** The part of the retention by which one prune may go further than the last. */
const stepShare = 0.25;

/** The window of a prune. Rejects with PruneRefusedError, and notes the refusal for the health model. */
export async function openPrune(pool: Pool, request: PruneRequest): Promise<PruneWindow> {
  const { databaseNow, prunedBefore } = await readHorizon(pool, request.subject);
  const before = cutoffOf({ databaseNow, processNow: request.processNow }, request.retentionHours);
  const refusal = refusalOf(request, prunedBefore, before);
  await noteRefusal(pool, request.subject, refusal);
  if (refusal !== undefined) throw new PruneRefusedError(refusal);
  return { after: prunedBefore, before };
}

/** The earlier clock counts: a row is kept unless both say that it is old. */
export function cutoffOf({ databaseNow, processNow }: PruneClocks, retentionHours: number): Date {
  return new Date(Math.min(databaseNow.getTime(), processNow.getTime()) - retentionHours * hourMs);
}

/** Why the prune is refused; undefined if it is not. */
function refusalOf(
  { subject, retentionHours, confirmed }: Omit<PruneRequest, 'processNow'>,
  prunedBefore: Date,
  before: Date,
): string | undefined {
  const stepHours = (before.getTime() - prunedBefore.getTime()) / hourMs;
  const stepMaxHours = Math.max(stepMinHours, retentionHours * stepShare);
  if (confirmed || stepHours <= stepMaxHours) return undefined;
  return (
    `${subject} were not pruned: the last prune came to ${prunedBefore.toISOString()}, and this one would go ` +
    `${Math.floor(stepHours)} hours further, where ${Math.floor(stepMaxHours)} are allowed. Compare the clocks of ` +
    'PostgreSQL and the workers with the true time. If they are right, because no prune ran for that long or the ' +
    'retention was shortened, start pruneOutbox with {"confirmed":true}'
  );
}

async function readHorizon(
  pool: Pool,
  subject: PruneSubject,
): Promise<{ readonly databaseNow: Date; readonly prunedBefore: Date }> {
  const { rows } = await pool.query<{ now: Date; pruned_before: Date }>({
    name: 'read-prune-horizon',
    text: `
      select clock_timestamp() as now, pruned_before
        from prune_horizons
       where subject = $1::text`,
    values: [subject],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`prune_horizons has no row for ${subject}: run the migrations`);
  return { databaseNow: row.now, prunedBefore: row.pruned_before };
}

async function noteRefusal(pool: Pool, subject: PruneSubject, refusal: string | undefined): Promise<void> {
  await pool.query({
    name: 'note-prune-refusal',
    text: `
      update prune_horizons
         set refusal = $2::text,
             refused_since = case when $2::text is null then null else coalesce(refused_since, now()) end
       where subject = $1::text
         and refusal is distinct from $2::text`,
    values: [subject, refusal ?? null],
  });
}

/** Called once every row of the window is deleted. */
export async function closePrune(pool: Pool, subject: PruneSubject, { before }: PruneWindow): Promise<void> {
  await pool.query({
    name: 'move-prune-horizon',
    text: `
      update prune_horizons
         set pruned_before = greatest(pruned_before, $2::timestamptz)
       where subject = $1::text`,
    values: [subject, before],
  });
}
