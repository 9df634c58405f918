// The aliases that the drain writes to besides the one that is read. The drain reads them behind the events of a pass:
// so a pass with any event that was committed behind a registration writes to the new target too, and every event
// before that is there for the backfill, which begins later. Nobody has to wait for passes in flight.
import type { Pool } from 'pg';

/** The alias under which an index is written to while it is not, or not alone, the one that is read. */
export function targetAlias(index: string): string {
  return `${index}${targetEnding}`;
}

export function indexOfTarget(alias: string): string {
  return alias.slice(0, -targetEnding.length);
}

const targetEnding = '-target';

/**
 * Aliases besides the one that is read, the newest index first: what a rebuild fills comes before what it replaces, which
 * is read until the switch and must not be ahead of it.
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
