// A small disk under the table of events, which fills up. It is a tmpfs, so the error of PostgreSQL is the
// real one. Where nobody may mount, a trigger raises the same error, SQLSTATE 53100.
import { execFile } from 'node:child_process';
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';

const run = promisify(execFile);
const sizeBytes = 4 * 1_048_576;

export interface SmallDisk {
  readonly isReal: boolean;
  readonly fill: () => Promise<void>;
  readonly empty: () => Promise<void>;
  /** Call it after PostgreSQL has ended. */
  readonly close: () => Promise<void>;
}

/** `postgres` is a superuser's session in the database. */
export async function prepareSmallDisk(postgres: Client, dir: string, cluster: string): Promise<SmallDisk> {
  const mount = path.join(dir, 'small-disk');
  await mkdir(mount, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', mount]);
  } catch {
    return byTrigger(postgres);
  }
  const location = path.join(mount, 'tables');
  const ballast = path.join(mount, 'ballast');
  await mkdir(location);
  const { uid, gid } = await stat(cluster);
  await chown(location, uid, gid);
  await postgres.query(`create tablespace small location '${location}'`);
  await postgres.query('alter table events_s1 set tablespace small');
  return {
    isReal: true,
    fill: async () => {
      // The file ends where the disk does.
      await writeFile(ballast, Buffer.alloc(sizeBytes)).catch(() => undefined);
    },
    empty: () => rm(ballast),
    close: async () => {
      await run('umount', [mount]);
    },
  };
}

function byTrigger(postgres: Client): SmallDisk {
  const words = 'could not extend file: No space left on device';
  return {
    isReal: false,
    fill: async () => {
      await postgres.query(`
        create function disk_is_full() returns trigger language plpgsql as
        $$ begin raise exception '${words}' using errcode = '53100'; end $$`);
      await postgres.query(`
        create trigger disk_is_full before insert on events
        for each statement execute function disk_is_full()`);
    },
    empty: async () => {
      await postgres.query('drop function disk_is_full cascade');
    },
    close: () => Promise.resolve(),
  };
}
