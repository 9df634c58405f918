// A PostgreSQL that belongs to one test file, which may change its settings and restart it. It is the server
// of the local stack, without the settings on its command line that a test has to change.
import { mkdir, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freshStackOptions } from '../../harness/environment.ts';
import { postgres } from '../../stack/postgres.ts';
import { ownerRole, serviceRole, urlOfRole } from '../../stack/postgresRoles.ts';
import { ensureSecrets } from '../../stack/secrets.ts';
import { startWatchdog } from '../../stack/watchdog.ts';
import { type Running, startProcess, stopProcess, untilReady } from '../../stack/process.ts';

export interface OwnPostgres {
  /** URL of its superuser. */
  readonly url: string;
  /** URL of the role that the service has in a deployment. */
  readonly serviceUrl: string;
  /** Its data, its log and its secrets. */
  readonly varDir: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Restarts it as a standby that has no primary, or as a primary again. */
  readonly restartAs: (role: 'standby' | 'primary') => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Settings that would count more than ALTER SYSTEM. */
const changeable = ['fsync=', 'shared_buffers='];

export async function startOwnPostgres(name: string): Promise<OwnPostgres> {
  const { varDir, ports, environment, progress } = await freshStackOptions(
    name,
    process.env,
    () => undefined,
  );
  const dataDir = path.join(varDir, 'postgres');
  await mkdir(dataDir, { recursive: true });
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
  const args = program.args.filter(
    (arg, at) =>
      !changeable.some((setting) => arg.startsWith(setting)) &&
      !(arg === '-c' && changeable.some((setting) => program.args[at + 1]?.startsWith(setting))),
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
  return {
    url: urlOfRole(ownerRole, secrets.postgresOwner, ports.postgres),
    serviceUrl: urlOfRole(serviceRole, secrets.postgres, ports.postgres),
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
