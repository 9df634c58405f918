// The local stack belongs to this user alone. Every port of every part is asked as a foreign page would ask
// it, and every file is looked at as another user would.
import { readFileSync, readdirSync, readlinkSync, lstatSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { throughPort } from '../../../harness/proxy/proxy.ts';
import type { State } from '../../../stack/state.ts';
import { createFolder, query } from './stackCommand.ts';
import { createOldCluster } from './oldCluster.ts';

let folder: ReturnType<typeof createFolder>;
let first: Awaited<ReturnType<typeof folder.up>>;
let state: State;

beforeAll(async () => {
  folder = createFolder();
  writeFileSync(path.join(folder.varDir, 'older.log'), '', { mode: 0o644 });
  first = await folder.up(['postgres', 'redis', 'temporal']);
  ({ state } = first);
}, 120_000);
afterAll(() => folder.close());

interface Listener {
  readonly host: string;
  readonly port: number;
}

/** The addresses at which a process listens, as Linux tells them. */
function listenersOf(pid: number): Listener[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        // The process closed it meanwhile.
        return undefined;
      }
    }),
  );
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , status, , , , , , inode]) => status === '0A' && inodes.has(inode))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':');
      const bytes = [...Buffer.from(address, 'hex')].reverse();
      return { host: bytes.join('.'), port: Number.parseInt(port, 16) };
    });
}

/** Sends raw HTTP and gives the first line of the answer. Empty if the connection just ends. */
function answerTo({ host, port }: Listener, head: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    let text = '';
    socket.on('connect', () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text.split('\r\n')[0] ?? '');
    });
  });
}

const foreignRequests = [
  ['GET / HTTP/1.1', 'Host: evil.example', 'Connection: close'],
  ['GET /api/v1/namespaces HTTP/1.1', 'Host: evil.example', 'Connection: close'],
  [
    ...['POST /api/v1/namespaces/default/schedules/x/patch HTTP/1.1', 'Host: evil.example'],
    ...['Origin: http://evil.example', 'Content-Type: text/plain', 'Content-Length: 0', 'Connection: close'],
  ],
];

function published({ urls }: State): Listener {
  const { port } = new URL(urls.TEMPORAL_UI_URL);
  return { host: '127.0.0.1', port: Number(port) };
}

test.skipIf(process.platform !== 'linux')(
  'no port of PostgreSQL, Redis, Temporal or its Web UI answers a foreign page',
  async () => {
    const listeners = Object.values(state.processes).flatMap(({ pid }) => listenersOf(pid));
    // gRPC, HTTP, the Web UI, metrics and the ports of Temporal's inner services are among them.
    expect(listeners.length).toBeGreaterThanOrEqual(8);
    // Behind an address that a page would have to guess.
    const hidden = listeners.filter(({ host }) => host !== '127.0.0.1');
    expect(hidden).toHaveLength(1);
    const reachable = [...listeners.filter(({ host }) => host === '127.0.0.1'), published(state)];
    for (const listener of reachable) {
      for (const request of foreignRequests) {
        const line = await answerTo(listener, request);
        expect(line, `${request[0] ?? ''} at ${listener.port}`).not.toMatch(/^HTTP\/1\.. [23]/);
      }
    }
    const own = await fetch(`${state.urls.TEMPORAL_UI_URL}/api/v1/namespaces`);
    expect(own.status).toBe(200);
  },
);

test.skipIf(new URL(inject('elasticsearchUrl')).username === '')(
  'Elasticsearch answers only to its password, without a foreign Host and without an Origin',
  async () => {
    const { origin, username, password } = new URL(inject('elasticsearchUrl'));
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const wrong = `Basic ${Buffer.from(`${username}:wallet`).toString('base64')}`;
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${origin}/_cat/health`, { headers })).status;
    expect(await status({ authorization })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ authorization: wrong })).toBe(401);
    expect(await status({ authorization, origin: 'http://evil.example' })).toBe(403);
    const port = Number(new URL(origin).port);
    const foreign = ['GET /_cat/health HTTP/1.1', 'Host: evil.example', `Authorization: ${authorization}`];
    expect(await answerTo({ host: '127.0.0.1', port }, [...foreign, 'Connection: close'])).toContain(' 403 ');
  },
);

const forbidden = [
  ...['config set dir /tmp', 'config rewrite', 'module list', 'debug sleep 0', 'slaveof no one'],
  ...['replicaof no one', 'migrate 127.0.0.1 1 a 0 1', 'shutdown nosave', 'acl list', 'flushall', 'keys *'],
  ...['monitor', 'save', 'bgsave', 'bgrewriteaof', 'swapdb 0 1', 'failover'],
];

test('Redis asks for its password, and the service may not configure, empty or copy it', async () => {
  const { port } = new URL(state.urls.REDIS_URL);
  const nobody = new Redis(Number(port), '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
  nobody.on('error', () => undefined);
  await expect(nobody.ping()).rejects.toThrow('NOAUTH');
  nobody.disconnect();
  const service = new Redis(state.urls.REDIS_URL);
  expect(await service.set('wallet:lock:a', 'token', 'PX', 1_000)).toBe('OK');
  for (const line of forbidden) {
    const [command = '', ...args] = line.split(' ');
    await expect(service.call(command, ...args), line).rejects.toThrow('NOPERM');
  }
  service.disconnect();
});

test('the roles of the service are no superusers and can neither read files nor run programs', async () => {
  const url = state.urls.DATABASE_URL;
  const roles = await query(
    url,
    `select rolname as name, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
       from pg_roles
      where pg_has_role(oid, 'member')
      order by rolname`,
  );
  const powers = { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false };
  expect(roles).toEqual([
    { name: 'wallet_reader', rolcanlogin: false, ...powers, rolbypassrls: false },
    // One batch of the service writes for several tenants, so row-level security holds for its reads alone.
    { name: 'wallet_service', rolcanlogin: true, ...powers, rolbypassrls: true },
  ]);
  const refused = [
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to '/tmp/wallet-test'",
    "copy (select 1) to program 'true'",
    'alter system set fsync = off',
    'create role other superuser',
  ];
  for (const sql of refused) await expect(query(url, sql), sql).rejects.toThrow(/permission denied/);
});

test('an installation with the published password gets its own at the next start and keeps its data', async () => {
  const older = createFolder();
  onTestFinished(() => older.close());
  await createOldCluster(older.varDir, [
    'create table kept (id integer generated always as identity primary key, word text)',
    "insert into kept (word) values ('still here')",
    'create view kept_words as select word from kept',
    'create function one() returns integer language sql return 1',
  ]);

  const { state: adopted } = await older.up(['postgres']);

  const url = adopted.urls.DATABASE_MIGRATION_URL ?? '';
  expect(await query(url, 'select id, word from kept')).toEqual([{ id: 1, word: 'still here' }]);
  await query(url, "alter table kept add column more text default 'x'");
  await query(url, 'drop view kept_words');
  await query(url, 'drop function one()');
  await query(url, 'create table new_one (id integer)');
  expect(await query(url, 'select rolsuper from pg_roles where rolname = current_user')).toEqual([
    { rolsuper: false },
  ]);
  const old = throughPort('postgres://wallet:wallet@127.0.0.1/wallet', Number(new URL(url).port));
  const client = new Client({ connectionString: old });
  await expect(client.connect()).rejects.toThrow('password authentication failed');
});

test('every file and folder belongs to this user alone, older ones too, and the secrets stay', async () => {
  const open = readdirSync(folder.varDir, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, found: lstatSync(path.join(folder.varDir, name), { throwIfNoEntry: false }) }))
    .filter(({ found }) => found !== undefined && (found.mode & 0o077) !== 0)
    .map(({ name }) => name);
  expect(open).toEqual([]);
  // Root lets the user that runs PostgreSQL pass through the folder, and nobody list it.
  expect(lstatSync(folder.varDir).mode & 0o066).toBe(0);
  first.child.kill('SIGTERM');
  await first.exitCode;

  const second = await folder.up(['redis']);
  const passwords = ({ urls }: State) =>
    [urls.DATABASE_URL, urls.DATABASE_MIGRATION_URL ?? '', urls.REDIS_URL, urls.ELASTICSEARCH_URL].map(
      (url) => new URL(url).password,
    );
  expect(passwords(second.state)).toEqual(passwords(first.state));
  expect(new Set(passwords(second.state)).size).toBe(4);
  for (const password of passwords(second.state)) expect(password.length).toBeGreaterThanOrEqual(32);
});
