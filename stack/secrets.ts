// The random secrets of this installation, in var/secrets.json. The first start makes them, and so does the
// next start of an installation that is older than they are. They never change after that, so data that was
// made with them opens again. Only this user can read the file.
import { createHmac, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StackError } from './stackError.ts';

const names = ['postgresOwner', 'postgres', 'redisAdmin', 'redis', 'elasticsearch', 'temporal'] as const;

type Stored = Readonly<Record<(typeof names)[number], string>>;

export interface Secrets extends Stored {
  /** The next three are younger than the file, so they are derived from what the file has. */
  readonly postgresService: string;
  /** For the hashes of API keys, as API_KEY_PEPPERS has it. */
  readonly apiKeyPeppers: string;
  /** For the stored secrets of webhooks, as WEBHOOK_SECRETS_KEY has it. */
  readonly webhookSecretsKey: string;
}

const SECRET_BYTES = 24;

function fileOf(varDir: string): string {
  return path.join(varDir, 'secrets.json');
}

/**
 * The secrets of the stack on this folder, made if there are none. Two starts at once get the same ones,
 * because a hard link fails if the file exists.
 */
export function ensureSecrets(varDir: string): Secrets {
  const stored = ensureStored(varDir);
  const derive = (name: string) =>
    createHmac('sha256', stored.postgresOwner).update(name).digest('base64url');
  return {
    ...stored,
    postgresService: derive('service'),
    apiKeyPeppers: `local:${derive('api key pepper')}`,
    webhookSecretsKey: derive('webhook secrets key'),
  };
}

function ensureStored(varDir: string): Stored {
  const found = read(varDir);
  if (found !== undefined) return found;
  const secrets = Object.fromEntries(
    // Letters, digits, - and _ only, so that a secret needs no escape in a URL or a configuration file.
    names.map((name) => [name, randomBytes(SECRET_BYTES).toString('base64url')]),
  ) as Stored;
  const draft = `${fileOf(varDir)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, fileOf(varDir));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return read(varDir) ?? secrets;
}

function read(varDir: string): Stored | undefined {
  const file = fileOf(varDir);
  const lost = (what: string) =>
    new StackError(`${file} ${what}: bring it back from a backup, because the data needs its secrets.`);
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Stored>;
    const missing = names.filter((name) => typeof found[name] !== 'string');
    if (missing.length > 0) throw lost(`lacks ${missing.join(', ')}`);
    return found as Stored;
  } catch (error) {
    if (error instanceof SyntaxError) throw lost('is no JSON');
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
