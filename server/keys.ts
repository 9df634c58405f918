// `npm run keys`: makes, lists and revokes API keys with the rights of the database, without a key. So an
// installation gets its first key, and gets in again if all keys are lost. Whoever may write to the table of
// keys may do so anyway, so this gives nobody more than they have.
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { findKey, insertKey, listKeys, revokeKey } from '../src/access/apiKeys.ts';
import { createIssueKey } from '../src/access/issueKey.ts';
import { keyChangeChannel } from '../src/access/keyChanges.ts';
import { keyIdIn } from '../src/access/keyText.ts';
import { isHashOf, peppersOf } from '../src/access/peppers.ts';
import { isOperatorScope, isScope, scopes } from '../src/access/scopes.ts';
import { type Config, readConfig } from '../src/config/config.ts';
import { ConfigError } from '../src/config/configError.ts';
import { createPool } from '../src/eventStore/database.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';

const usage = `npm run -s keys -- …
  create --name <name> [--operator] [--scope <scope>]… [--file <path>]
                   makes a key with these scopes, or with all; prints it once, or writes it to a file that only
                   its user can read; a file with a valid key stays
  list             the keys of the default tenant, also those that have ended
  revoke <id>      ends a key at once`;

const listedMax = 1_000;

interface Options {
  readonly name?: string;
  readonly operator?: boolean;
  readonly scope?: readonly string[];
  readonly file?: string;
}

async function main(): Promise<void> {
  reachLoopbackDirectly(process.env);
  const { values, positionals } = parse(process.argv.slice(2));
  const [verb = '', id = ''] = positionals;
  if (!['create', 'list', 'revoke'].includes(verb)) throw new ConfigError(usage);
  const config = readConfig(process.env);
  const pool = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: 1 },
    'wallet-keys',
    () => undefined,
    'reads',
  );
  try {
    await assertSchemaVersion(pool);
    if (verb === 'create') await create(pool, config, values);
    if (verb === 'list') await list(pool);
    if (verb === 'revoke') await revoke(pool, config, id);
  } finally {
    await pool.end();
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        operator: { type: 'boolean' },
        scope: { type: 'string', multiple: true },
        file: { type: 'string' },
      },
    });
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

async function create(pool: Pool, config: Config, options: Options): Promise<void> {
  const { name = '', operator = false, scope = [], file } = options;
  if (name === '') throw new ConfigError(`a key needs a name\n\n${usage}`);
  const unknown = scope.find((one) => !isScope(one));
  if (unknown !== undefined)
    throw new ConfigError(`there is no scope ${unknown}; there is ${scopes.join(', ')}`);
  const wide = scope.filter(isScope).find(isOperatorScope);
  if (wide !== undefined && !operator) throw new ConfigError(`${wide} is for a key with --operator`);
  if (file !== undefined && (await holdsValidKey(pool, config, file))) return;
  const { text, row } = createIssueKey(
    peppersOf(config),
    config.API_KEY_KIND,
    randomBytes,
  )({
    ...{ tenant: '', operator, name, scopes: scope.length === 0 ? ['*'] : scope },
    ...{ allowedAddresses: null, createdBy: 'database', expiresAt: null },
  });
  await insertKey(pool, row);
  if (file === undefined) console.log(text);
  else writePrivate(file, text);
}

/** A file that is there already keeps its rights when it is written, so they are set as well. */
function writePrivate(file: string, text: string): void {
  writeFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  writeFileSync(file, `${text}\n`);
}

/** A key in the file that another database or another pepper knows is replaced. */
async function holdsValidKey(pool: Pool, config: Config, file: string): Promise<boolean> {
  const text = readIfThere(file)?.trim() ?? '';
  const id = keyIdIn(text);
  const key = id === undefined ? undefined : await findKey(pool, id);
  if (key === undefined || key.revoked || (key.msLeft !== null && key.msLeft <= 0)) return false;
  return isHashOf(peppersOf(config), key, text);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function list(pool: Pool): Promise<void> {
  for (const key of await listKeys(pool, { tenant: '', operators: true }, '', listedMax))
    console.log([key.id, key.status, key.name, key.scopes.join(',')].join('  '));
}

async function revoke(pool: Pool, config: Config, id: string): Promise<void> {
  if ((await findKey(pool, id)) === undefined) throw new ConfigError(`there is no key ${id}`);
  await revokeKey(pool, id, 'database');
  await tellProcesses(config);
  console.log(`${id} is revoked.`);
}

/** Every process looks by itself twice a second, so a Redis that is away costs half a second. */
async function tellProcesses(config: Config): Promise<void> {
  const redis = new Redis(config.REDIS_URL, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.publish(keyChangeChannel(config), '');
  } catch {
    console.error('Redis does not answer; every process notices by itself within a second.');
  } finally {
    redis.disconnect();
  }
}

main().catch((error: unknown) => {
  const reason = startFailure(error);
  console.error(reason ?? error);
  process.exit(1);
});
