// Uses the commands of the local stack as a person at a terminal does. Each test starts only parts that start
// fast, on their own ports and data folder.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { identify } from '../../../stack/identity.ts';
import { readState, type State } from '../../../stack/state.ts';
import { createFolder, query, WAIT } from './stackCommand.ts';

let folder: ReturnType<typeof createFolder>;

beforeEach(() => {
  folder = createFolder();
});

afterEach(() => folder.close());

function alive(state: State): string[] {
  return Object.entries(state.processes)
    .filter(([, { pid }]) => identify(pid) !== undefined)
    .map(([name]) => name);
}

test('a part that dies is started again with its data, and the others go on', async () => {
  const { state, output, child } = await folder.up(['redis', 'postgres']);
  const url = state.urls.DATABASE_MIGRATION_URL ?? '';
  await query(url, "create table kept as select 'still here' as word");

  for (const name of ['redis', 'postgres']) process.kill(state.processes[name]?.pid ?? 0, 'SIGKILL');

  await vi.waitFor(() => {
    expect(output()).toContain('redis runs again');
    expect(output()).toContain('postgres runs again');
  }, WAIT);
  expect(output()).toContain('redis ended unexpectedly (signal SIGKILL)');
  expect(await query(url, 'select word from kept')).toEqual([{ word: 'still here' }]);
  expect(child.exitCode).toBeNull();
});

test('a part that keeps dying is given up in words, and everything stops', async () => {
  const { state, output, exitCode } = await folder.up(['redis']);
  const killed = new Set<number>();
  const killNext = () => {
    const pid = readState(folder.varDir)?.processes.redis?.pid;
    if (pid !== undefined && !killed.has(pid)) {
      process.kill(pid, 'SIGKILL');
      killed.add(pid);
    }
    expect(output()).toContain('redis ended 6 times in a few minutes and is not started again');
  };
  await vi.waitFor(killNext, WAIT);

  expect(await exitCode).toBe(1);
  expect(killed.size).toBe(6);
  expect(alive(state)).toEqual([]);
});

test('when the supervisor itself is killed, its parts end too and the next start works', async () => {
  const first = await folder.up(['redis']);

  first.child.kill('SIGKILL');

  await vi.waitFor(() => {
    expect(alive(first.state)).toEqual([]);
  }, WAIT);
  const second = await folder.up(['redis']);
  expect(alive(second.state)).toEqual(['redis']);
});

test('data survives an orderly stop, and the database is UTF-8 PostgreSQL 18', async () => {
  const first = await folder.up(['postgres']);
  const url = first.state.urls.DATABASE_MIGRATION_URL ?? '';
  expect(await query(url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(url, "select current_setting('server_version_num')::int / 10000 as major")).toEqual([
    { major: 18 },
  ]);
  await query(url, "create table kept as select 'still here' as word");

  first.child.kill('SIGTERM');
  expect(await first.exitCode).toBe(0);
  expect(alive(first.state)).toEqual([]);

  const second = await folder.up(['postgres']);
  expect(await query(second.state.urls.DATABASE_URL, 'show server_encoding')).toEqual([
    { server_encoding: 'UTF8' },
  ]);
  expect(await query(second.state.urls.DATABASE_MIGRATION_URL ?? '', 'select word from kept')).toEqual([
    { word: 'still here' },
  ]);
});

test('a taken port is one sentence with the variable that changes it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { exitCode, output } = await folder.ask(['up', 'redis'], { REDIS_PORT: String(port) });
    expect(output).toBe(
      `Port ${port} of Redis is taken by another program; stop that program or set REDIS_PORT to another port.\n`,
    );
    expect(exitCode).toBe(1);
  } finally {
    server.close();
  }
});

test('what the machine lacks is one sentence a part, and nothing is left running', async () => {
  const nothing = path.join(folder.varDir, 'nothing');
  const { exitCode, output } = await folder.ask(['up'], {
    ...{ PATH: nothing, WALLET_CACHE_DIR: nothing },
    ...{ ELASTICSEARCH_PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
  });
  expect(exitCode).toBe(1);
  expect(output.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Redis: no Python on PATH .* install redis-server, or let `docker compose up`/),
    expect.stringMatching(/^Temporal: no Python on PATH .* install the Temporal CLI/),
    expect.stringMatching(/^Elasticsearch: no java on PATH; install a JDK 17/),
    expect.stringMatching(/^Elasticsearch: no mvn on PATH .* install Maven/),
  ]);
  expect(readState(folder.varDir)).toBeUndefined();
});

test('a part with an address in the environment is used and not started', async () => {
  const { state } = await folder.up(['redis'], { REDIS_URL: inject('redisUrl') });
  expect(state.processes).toEqual({});
  expect(state.urls.REDIS_URL).toBe(inject('redisUrl'));
});

test('an address in the environment at which nothing answers is refused by its name', async () => {
  const { exitCode, output } = await folder.ask(['up', 'redis'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(output).toContain('REDIS_URL is set, so redis is not started, but nothing answers at 127.0.0.1:1');
  expect(exitCode).toBe(1);
});

test('urls prints KEY=VALUE lines of the running stack, and a second start is refused', async () => {
  const { state } = await folder.up(['redis']);

  const { exitCode, output } = await folder.ask(['urls']);
  expect(exitCode).toBe(0);
  expect(output).toBe(
    Object.entries(state.urls)
      .map(([name, url]) => `${name}=${url}\n`)
      .join(''),
  );
  expect(Object.keys(state.urls).sort()).toEqual([
    ...['API_URL', 'DATABASE_MIGRATION_URL', 'DATABASE_URL', 'ELASTICSEARCH_URL'],
    ...['REDIS_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_UI_URL'],
  ]);

  const refused = await folder.ask(['up', 'redis']);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toMatch(/^It is already running on .*\n$/);
  expect(alive(state)).toEqual(['redis']);
});

test('urls says that nothing runs when nothing runs', async () => {
  const { exitCode, output } = await folder.ask(['urls']);
  expect(output).toBe(`Nothing runs on ${folder.varDir}; start it with \`npm start\`.\n`);
  expect(exitCode).toBe(1);
});

test('a part that is stopped on purpose is no death and can be started again', async () => {
  const { state, child } = await folder.up(['redis', 'postgres']);

  expect(await folder.ask(['stop', 'redis'])).toEqual({ exitCode: 0, output: 'redis is stopped\n' });
  expect(alive(state)).toEqual(['postgres']);
  expect((await folder.ask(['status'])).output).toContain('redis stopped');

  expect(await folder.ask(['start', 'redis'])).toEqual({ exitCode: 0, output: 'redis is running\n' });
  expect(child.exitCode).toBeNull();
});

test('without psql a query still prints an aligned table', async () => {
  await folder.up(['postgres']);
  const sql = "select 12345678901234567890 as big, 'a' as short, null as nothing";
  const { exitCode, output } = await folder.ask(['psql', '-c', sql], { PATH: folder.varDir });
  expect(output).toBe(
    [
      ' big                  | short | nothing',
      '----------------------+-------+---------',
      ' 12345678901234567890 | a     |',
      '(1 row)',
      '',
    ].join('\n'),
  );
  expect(exitCode).toBe(0);
});
