// Reads secrets from files. NAME_FILE names the file that holds the value of the setting NAME. So no secret
// has to be in the environment, which child processes and `docker inspect` see. `readConfig` and the local
// stack ask here.
//
// Invariant: no message holds the content of a file, or the value of a secret.
import { readFileSync, statSync } from 'node:fs';

export type GivenEnvironment = Readonly<Record<string, string | undefined>>;

/** Larger than any secret. A wrong path may name a file that never ends. */
const fileBytesMax = 65_536;

export interface SecretsOfFiles {
  /** The environment with each secret under its own name, and without the names of files. */
  readonly environment: GivenEnvironment;
  /** What can't be used, in words. */
  readonly problems: readonly string[];
  /** What an operator should change, in words. */
  readonly warnings: readonly string[];
}

/** Replaces each NAME_FILE by NAME. An empty variable counts as not set. */
export function withSecretsOfFiles(given: GivenEnvironment, names: readonly string[]): SecretsOfFiles {
  const environment = { ...given };
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    const variable = `${name}_FILE`;
    const file = given[variable] ?? '';
    Reflect.deleteProperty(environment, variable);
    if (file === '') continue;
    if ((given[name] ?? '') !== '') {
      problems.push(`${name} and ${variable} are both set: set one of them`);
      continue;
    }
    const read = readSecret(file);
    if ('problem' in read) problems.push(`${variable} names ${file}, ${read.problem}`);
    else {
      environment[name] = read.secret;
      if (read.isOpen)
        warnings.push(
          `${variable} names ${file}, which every user of this machine can read: take that right away, as with chmod 600`,
        );
    }
  }
  return { environment, problems, warnings };
}

type ReadSecret = { readonly secret: string; readonly isOpen: boolean } | { readonly problem: string };

/** The right to read for users who are neither the owner nor in the group. */
const readByOthers = 0o004;

function readSecret(file: string): ReadSecret {
  try {
    const { size, mode } = statSync(file);
    if (size > fileBytesMax) return { problem: `which is larger than ${fileBytesMax} bytes` };
    // Editors and `echo` end a file with a line break.
    const secret = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (secret === '') return { problem: 'which is empty' };
    return { secret, isOpen: (mode & readByOthers) !== 0 };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return { problem: `which can't be read: ${reasons[String(error.code)] ?? String(error.code)}` };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};
