// var/stack.json: the stack that runs on this var/ folder, its addresses and its processes. The file locks
// out a second start, and `npm run stack -- urls` reads it. After a supervisor was killed, its leftovers are
// found through it.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify, isAlive, type Identity } from './identity.ts';
import { StackError, type Urls } from './part.ts';
import { stopAll } from './watchdog.ts';

const CLAIM_ATTEMPTS_MAX = 3;

export interface RunningProcess extends Identity {
  readonly stopSignal: NodeJS.Signals;
}

export interface State {
  readonly supervisor: Identity;
  /** Unix socket of the control server. */
  readonly control: string;
  readonly urls: Urls & { readonly API_URL: string };
  readonly processes: Readonly<Record<string, RunningProcess>>;
}

export interface StateFile {
  readonly write: (state: Omit<State, 'supervisor'>) => void;
  readonly release: () => void;
}

function fileOf(varDir: string): string {
  return path.join(varDir, 'stack.json');
}

/** The state of the stack that runs on this folder now. Undefined if none runs. */
export function readState(varDir: string): State | undefined {
  const state = readAny(varDir);
  return state !== undefined && isAlive(state.supervisor) ? state : undefined;
}

function readAny(varDir: string): State | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(varDir), 'utf8')) as State;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Claims the folder for this process. Throws StackError if a running stack holds it. */
export async function claimState(varDir: string, first: Omit<State, 'supervisor'>): Promise<StateFile> {
  const supervisor = identify(process.pid);
  if (supervisor === undefined) throw new StackError('This system does not tell when a process was started.');
  const file = fileOf(varDir);
  const draft = `${file}.${process.pid}`;
  let released = false;
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt += 1) {
    writeFileSync(draft, JSON.stringify({ ...first, supervisor }, null, 2));
    // A hard link appears with its whole content, or fails if the name is taken.
    if (tryLink(draft, file)) {
      rmSync(draft);
      return {
        write(state) {
          if (released) return;
          writeFileSync(draft, JSON.stringify({ ...state, supervisor }, null, 2));
          renameSync(draft, file);
        },
        release() {
          released = true;
          rmSync(file, { force: true });
        },
      };
    }
    rmSync(draft);
    await clearLeftovers(varDir);
  }
  throw new StackError(`${file} keeps coming back; is another start running?`);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function clearLeftovers(varDir: string): Promise<void> {
  const state = readAny(varDir);
  if (state === undefined) return;
  if (isAlive(state.supervisor)) {
    throw new StackError(
      `It is already running on ${varDir} (process ${state.supervisor.pid}); stop that one first, or set WALLET_VAR_DIR to another folder.`,
    );
  }
  await stopAll(Object.values(state.processes).filter(isAlive));
  rmSync(state.control, { force: true });
  rmSync(fileOf(varDir), { force: true });
}
