// Makes the data folder of PostgreSQL as an installation had it before there were secrets: its superuser is
// `wallet` with the password `wallet`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { freePorts } from '../../../stack/ports.ts';
import { postgres, postgresPrograms } from '../../../stack/postgres.ts';
import { confine } from '../../../stack/postgresUser.ts';
import { runToEnd } from '../../../stack/onPath.ts';
import { silent } from '../../../stack/progress.ts';
import { eventually } from '../../support/eventually.ts';

/** Runs the statements in the database `wallet` of the new cluster and stops it. */
export async function createOldCluster(varDir: string, statements: readonly string[]): Promise<void> {
  const dataDir = path.join(varDir, postgres.name);
  const [port = 0] = await freePorts(1);
  const environment = { ...process.env, LC_ALL: 'C' };
  const signal = new AbortController().signal;
  const site = { port, dataDir, cacheDir: varDir, environment, progress: silent, signal };
  mkdirSync(dataDir, { recursive: true });
  const passwordFile = path.join(dataDir, 'password');
  writeFileSync(passwordFile, 'wallet');
  const { initdb, postgres: program } = postgresPrograms();
  const confinement = await confine(site, program);
  const { user } = confinement;
  if (user) for (const file of [dataDir, passwordFile]) chownSync(file, user.uid, user.gid);
  const cluster = path.join(dataDir, 'cluster');
  const make = confinement.command(initdb, [
    ...['--pgdata', cluster, '--username', 'wallet', '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
  ]);
  const asUser = (chosen: typeof user) => (chosen ? { user: chosen } : {});
  await runToEnd(make.command, make.args, { directory: dataDir, environment, signal, ...asUser(make.user) });
  const run = confinement.command(program, [
    ...['-D', cluster, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`],
    ...['-c', 'unix_socket_directories='],
  ]);
  const server = spawn(run.command, run.args, {
    cwd: dataDir,
    env: environment,
    stdio: 'ignore',
    ...run.user,
  });
  try {
    await eventually(() =>
      execute(port, 'postgres', ['create database wallet']).then(
        () => true,
        () => false,
      ),
    );
    await execute(port, 'wallet', statements);
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
  }
}

async function execute(port: number, database: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: `postgres://wallet:wallet@127.0.0.1:${port}/${database}` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
