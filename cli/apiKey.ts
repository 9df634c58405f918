// Finds the API key of a command: WALLET_API_KEY, the file that WALLET_API_KEY_FILE names, or the file that
// `npm start -- --keys` writes. Never an option, because a list of processes shows options.
//
// Invariant: the key of the local installation goes to this machine alone.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../src/config/configError.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const root = path.resolve(import.meta.dirname, '..');
/** Rights of anybody but the owner. */
const ofOthers = 0o077;

/** Undefined if there is none. Throws a ConfigError if others may read the file, or if it is not there. */
export function apiKeyFor(url: string, environment: Environment): string | undefined {
  const { WALLET_API_KEY: given = '', WALLET_API_KEY_FILE: file = '' } = environment;
  if (given !== '') return given;
  if (file !== '') return readKeyFile(file);
  if (!isThisMachine(url)) return undefined;
  const { WALLET_VAR_DIR: varDir = '' } = environment;
  const local = path.join(path.resolve(root, varDir === '' ? 'var' : varDir), 'api-key');
  return statSync(local, { throwIfNoEntry: false }) === undefined ? undefined : readKeyFile(local);
}

function readKeyFile(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new ConfigError(`There is no file ${file} with an API key.`);
  if ((found.mode & ofOthers) !== 0)
    throw new ConfigError(`Others may read the API key in ${file}: run chmod 600 ${file}`);
  return readFileSync(file, 'utf8').trim();
}

function isThisMachine(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
