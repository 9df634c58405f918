// The secret under which command ids are shown. A migration makes it, so every process of an installation has
// the same. It is no setting, because nobody has to know it, and a dump keeps it with the records.
import type { ClientBase, Pool } from 'pg';

export interface CommandIdSecret {
  /** 32 bytes. */
  readonly secret: Buffer;
  /** Null while a process may run that does not know covered ids. */
  readonly shownSince: Date | null;
}

const readAgainMs = 5_000;

export interface FollowedSecret {
  /** As it was last read. */
  readonly current: () => CommandIdSecret;
  readonly close: () => void;
}

/** Reads the secret, and reads it again until command ids are shown under it. */
export async function followCommandIdSecret(
  pool: Pool,
  onFailure: (error: unknown) => void,
): Promise<FollowedSecret> {
  let secret = await readCommandIdSecret(pool);
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    if (!closed && secret.shownSince === null) timer = setTimeout(again, readAgainMs).unref();
  };
  function again(): void {
    readCommandIdSecret(pool)
      .then((read) => (secret = read), onFailure)
      .finally(wait);
  }
  wait();
  return {
    current: () => secret,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

export async function readCommandIdSecret(pool: Pick<ClientBase, 'query'>): Promise<CommandIdSecret> {
  const { rows } = await pool.query<{ secret: Buffer; shown_since: Date | null }>({
    name: 'read-command-id-cover',
    text: `
      select secret, shown_since
        from command_id_cover`,
  });
  const [row] = rows;
  if (row === undefined)
    throw new Error('command_id_cover has no row: restore the database whole, or run the migrations');
  return { secret: row.secret, shownSince: row.shown_since };
}
