// Stores the aliases that the drain writes to besides the one that is read. Each drain pass reads its events
// first and the targets second. So a pass with an event committed after the registration writes to the new
// target too. Every earlier event is in the log when the backfill starts. No rebuild has to wait for passes
// in flight.
import type { Pool } from 'pg';

/** The alias that the drain writes to while a rebuild fills the index, or keeps it after the switch. */
export function targetAlias(index: string): string {
  return `${index}${targetEnding}`;
}

export function indexOfTarget(alias: string): string {
  return alias.slice(0, -targetEnding.length);
}

const targetEnding = '-target';

/**
 * The aliases besides the one that is read, newest index first. So the index that a rebuild fills is written
 * before the one that it replaces. The latter is read until the switch and must not be ahead.
 */
export async function readTargets(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ alias: string }>({
    name: 'read-targets',
    text: `
      select alias
        from read_model_targets
       order by alias desc`,
  });
  return rows.map(({ alias }) => alias);
}

export async function addTarget(pool: Pool, alias: string): Promise<void> {
  await pool.query({
    name: 'add-target',
    text: `
      insert into read_model_targets (alias)
      values ($1::text)
          on conflict on constraint read_model_targets_pkey do nothing`,
    values: [alias],
  });
}

export async function removeTarget(pool: Pool, alias: string): Promise<void> {
  await pool.query({
    name: 'remove-target',
    text: `
      delete from read_model_targets
       where alias = $1::text`,
    values: [alias],
  });
}
