// PostgreSQL refuses to run as root. When we are root (a container, mostly), it runs as another user that exists
// everywhere; nothing is added to the system. Any other caller simply runs it as themselves.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { onPath } from './onPath.ts';
import { StackError, dockerRemedy, type Program, type Site } from './part.ts';

const CANDIDATES = ['postgres', 'nobody'];

type User = NonNullable<Program['user']>;

export interface Confinement {
  /** Who must own the data folder; absent when we are not root. */
  readonly user?: User;
  readonly command: (command: string, args: readonly string[]) => Pick<Program, 'command' | 'args' | 'user'>;
}

/** How to run PostgreSQL's programs as somebody who may. */
export async function confine(site: Site, program: string): Promise<Confinement> {
  if (process.getuid?.() !== 0) return { command: (command, args) => ({ command, args }) };
  const user = await findUser();
  if (canReach(user, program, site)) return { user, command: (command, args) => ({ command, args, user }) };
  // A clone below /root: the other user may not enter it. One capability lets just this process do so; the secure
  // bit makes it count for access(2) too, by which initdb looks for its programs.
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

/** Whether that user may enter the data folder and run the program: tried, because no check of modes is complete. */
function canReach(user: User, program: string, site: Site): boolean {
  const attempt = 'cd "$1" && "$2" --version';
  const tried = spawnSync('/bin/sh', ['-c', attempt, 'sh', site.dataDir, program], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  return tried.status === 0;
}
