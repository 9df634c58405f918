// A PostgreSQL that belongs to one test file, which may change its settings and restart it. It is the server
// of the local stack, without the settings on its command line that a test has to change.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withClient } from '../../harness/databases.ts';
import { freshStackOptions } from '../../harness/environment.ts';
import { postgres } from '../../stack/postgres.ts';
import { migrationRole, ownerRole, serviceRole, urlOfRole } from '../../stack/postgresRoles.ts';
import { ensureSecrets } from '../../stack/secrets.ts';
import { startWatchdog } from '../../stack/watchdog.ts';
import { type Running, startProcess, stopProcess, untilReady } from '../../stack/process.ts';

export interface OwnPostgres {
  /** URL of its superuser. */
  readonly url: string;
  /** URLs of the role that migrates and of the role of the service, as a deployment has them. */
  readonly migrationUrl: string;
  readonly serviceUrl: string;
  /** Its data, its log and its secrets. */
  readonly varDir: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Restarts it as a standby that has no primary, or as a primary again. */
  readonly restartAs: (role: 'standby' | 'primary') => Promise<void>;
  /** Copies its files while it runs, as a base backup does, and returns the folder of the copy. */
  readonly backUp: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Settings that would count more than ALTER SYSTEM. */
const changeable = ['fsync', 'shared_buffers'];

/**
 * `backup` is a folder that `backUp` returned. The server then starts from it. The settings in `withDefault`
 * have PostgreSQL's own defaults.
 */
export async function startOwnPostgres(
  name: string,
  backup?: string,
  withDefault: readonly string[] = [],
): Promise<OwnPostgres> {
  const { varDir, ports, environment, progress } = await freshStackOptions(
    name,
    process.env,
    () => undefined,
  );
  const dataDir = path.join(varDir, 'postgres');
  await mkdir(dataDir, { recursive: true });
  if (backup !== undefined) await restore(backup, varDir);
  const stop = new AbortController();
  const secrets = ensureSecrets(varDir);
  const program = await postgres.prepare({
    ...{
      port: ports.postgres,
      uiInner: { host: '127.0.0.1', port: 0 },
      secrets,
      dataDir,
      cacheDir: varDir,
      environment,
      progress,
    },
    signal: stop.signal,
  });
  const leftOut = [...changeable, ...withDefault].map((setting) => `${setting}=`);
  const args = program.args.filter(
    (arg, at) =>
      !leftOut.some((setting) => arg.startsWith(setting)) &&
      !(arg === '-c' && leftOut.some((setting) => program.args[at + 1]?.startsWith(setting))),
  );
  const watchdog = startWatchdog();
  const start = async (): Promise<Running> => {
    const running = await startProcess(name, { ...program, args }, path.join(varDir, 'postgres.log'));
    watchdog.add({ ...running.identity, stopSignal: program.stopSignal });
    await untilReady(running, stop.signal);
    return running;
  };
  let running = await start();
  const signal = path.join(dataDir, 'cluster', 'standby.signal');
  const url = urlOfRole(ownerRole, secrets.postgresOwner, ports.postgres);
  return {
    url,
    backUp: () => backUp(url, varDir),
    migrationUrl: urlOfRole(migrationRole, secrets.postgres, ports.postgres),
    serviceUrl: urlOfRole(serviceRole, secrets.postgresService, ports.postgres),
    varDir,
    stop: () => stopProcess(running, stop.signal),
    start: async () => {
      running = await start();
    },
    restartAs: async (role) => {
      await stopProcess(running, stop.signal);
      if (role === 'standby') await writeFile(signal, '');
      else await unlink(signal);
      running = await start();
    },
    close: async () => {
      if (!running.hasExited()) await stopProcess(running, stop.signal);
      watchdog.close();
      await rm(varDir, { recursive: true, force: true });
    },
  };
}

const copyOf = promisify(execFile);

/**
 * A base backup by PostgreSQL's own functions. The log of writes is copied last, after the end of the backup,
 * so it holds everything that the copied files lack.
 */
async function backUp(url: string, varDir: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wallet-backup-'));
  const cluster = path.join(varDir, 'postgres', 'cluster');
  const copied = path.join(folder, 'cluster');
  await withClient(url, async (client) => {
    await client.query("select pg_backup_start('drill', true)");
    // 1 or more only says that a file went away meanwhile, which the log of writes makes good.
    await copyOf('cp', ['-a', cluster, copied]).catch(() => undefined);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(true)');
    await rm(path.join(copied, 'pg_wal'), { recursive: true });
    await copyOf('cp', ['-a', path.join(cluster, 'pg_wal'), path.join(copied, 'pg_wal')]);
    await writeFile(path.join(copied, 'backup_label'), rows[0]?.labelfile ?? '');
    await rm(path.join(copied, 'postmaster.pid'), { force: true });
  });
  await copyOf('cp', ['-a', path.join(varDir, 'secrets.json'), folder]);
  return folder;
}

async function restore(backup: string, varDir: string): Promise<void> {
  await copyOf('cp', ['-a', path.join(backup, 'secrets.json'), varDir]);
  await copyOf('cp', ['-a', path.join(backup, 'cluster'), path.join(varDir, 'postgres')]);
}
