// Names what a worker works on: this database, and the indexes of this prefix. API and workers of one
// installation agree on it. Two installations that share a task queue by mistake do not.
import { createHash } from 'node:crypto';
import { type ClientBase, DatabaseError } from 'pg';

/** Null if the role may not ask for it. */
export async function readInstallationId(
  pool: Pick<ClientBase, 'query'>,
  indexPrefix: string,
): Promise<string | null> {
  try {
    const { rows } = await pool.query<{ system_identifier: string; database: string }>({
      name: 'read-installation-id',
      text: `
        select system_identifier::text,
               current_database() as database
          from pg_control_system()`,
    });
    const [row] = rows;
    if (row === undefined) return null;
    const named = JSON.stringify([row.system_identifier, row.database, indexPrefix]);
    return createHash('sha256').update(named).digest('hex').slice(0, 12);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '42501') return null;
    throw error;
  }
}
