// Chooses the user that runs PostgreSQL, because PostgreSQL refuses to run as root. If this process is root,
// mostly in a container, it takes a user that exists on every system. Otherwise it takes the caller. Adds
// nothing to the system.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { onPath } from './onPath.ts';
import { StackError, dockerRemedy, type Program, type Ground } from './part.ts';

const CANDIDATES = ['postgres', 'nobody'];

type User = NonNullable<Program['user']>;

export interface Confinement {
  /** Owner of the data folder. Absent if this process is not root. */
  readonly user?: User;
  readonly command: (command: string, args: readonly string[]) => Pick<Program, 'command' | 'args' | 'user'>;
}

/** How to run PostgreSQL's programs as a user that PostgreSQL accepts. */
export async function confine(site: Ground, program: string): Promise<Confinement> {
  if (process.getuid?.() !== 0) return { command: (command, args) => ({ command, args }) };
  const user = await findUser();
  if (canReach(user, program, site)) return { user, command: (command, args) => ({ command, args, user }) };
  // The other user may not enter a clone below /root. One capability lets this process enter it. The secure
  // bit applies it to access(2) too, which initdb uses to find its programs.
  const setpriv = onPath('setpriv', site.environment);
  if (setpriv === undefined) {
    throw new StackError(
      `PostgreSQL: it may not run as root, and user ${user.uid} may not enter ${site.dataDir}; ` +
        `clone into a folder that others may enter, set DATABASE_URL, ${dockerRemedy}.`,
    );
  }
  const prefix = [
    ...['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'],
    ...['--securebits', '+no_setuid_fixup'],
    ...['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override', '--'],
  ];
  return { user, command: (command, args) => ({ command: setpriv, args: [...prefix, command, ...args] }) };
}

async function findUser(): Promise<User> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const found = lines.find((fields) => fields[0] === name);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new StackError(
    `PostgreSQL: it may not run as root, and there is no user ${CANDIDATES.join(' or ')}; ` +
      `run as another user, set DATABASE_URL, ${dockerRemedy}.`,
  );
}

/**
 * Whether that user can enter the data folder and run the program. Tries it, because no check of modes is
 * complete.
 */
function canReach(user: User, program: string, site: Ground): boolean {
  const attempt = 'cd "$1" && "$2" --version';
  const tried = spawnSync('/bin/sh', ['-c', attempt, 'sh', site.dataDir, program], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  return tried.status === 0;
}
