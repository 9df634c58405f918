// Keeps a set of named processes: starts them, starts one again that dies without being stopped, and
// stops them in order. It does not know their purpose. stack.ts adds the parts, and start.ts adds the
// API and the worker.
import type { Controls } from './control.ts';
import { boundLog, freshLog } from './log.ts';
import { signalGroup } from './identity.ts';
import { StackError, type Program } from './part.ts';
import { deathNotice, startProcess, stopProcess, untilReady, type Running } from './process.ts';
import { createRestarts } from './restarts.ts';
import type { RunningProcess } from './state.ts';
import type { Watchdog } from './watchdog.ts';

const LOG_CHECK_EVERY_MS = 30_000;

/** The order of stopping: a process stops before the processes that it uses. */
type Rank = 'application' | 'part';
const stopOrder: readonly Rank[] = ['application', 'part'];

interface Launch {
  readonly name: string;
  readonly rank: Rank;
  readonly program: Program;
  readonly onOutput?: (chunk: Buffer) => void;
  /**
   * Called when the process ends without being stopped. Without it the process is started again, or its
   * end stops everything.
   */
  readonly onDeath?: (notice: string) => void;
}

interface Member {
  readonly launch: Launch;
  readonly running: Running;
  /** Set once its stop was requested, so its exit is expected. */
  stopping: boolean;
  /** Set once it was ready. A process that never was is not started again. */
  revivable: boolean;
}

export interface Supervisor extends Controls {
  /** Starts a process and waits until it is ready. */
  readonly launch: (launch: Launch) => Promise<void>;
  /** Resolves to the message about the first process that ended without being stopped. */
  readonly died: Promise<string>;
  readonly processes: () => Readonly<Record<string, RunningProcess>>;
  /** Stops everything. Once `hurry` is aborted it kills instead of waiting. */
  readonly stopAll: (hurry: AbortSignal) => Promise<void>;
}

export interface SupervisorOptions {
  readonly logDir: string;
  readonly watchdog: Watchdog;
  /** Called whenever the set of processes changes. */
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  /** Hears of each death and each new start. Without it the first death is final. */
  readonly sayRestart?: (line: string) => void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { watchdog, onChange, signal } = options;
  const members = new Map<string, Member>();
  const death = Promise.withResolvers<string>();
  const closed = new AbortController();
  const restarts = createRestarts(options.sayRestart, death.resolve);
  let closing = false;
  const isClosing = () => closing;
  const logTimer = setInterval(boundLogs, LOG_CHECK_EVERY_MS, members).unref();

  async function begin(launch: Launch, revivable = false): Promise<Member> {
    const { name, program } = launch;
    if (isClosing()) throw new StackError('The stack is stopping.');
    const logFile = await freshLog(options.logDir, name);
    const running = await startProcess(name, program, logFile, launch.onOutput);
    const { identity } = running;
    const member: Member = { launch, running, stopping: false, revivable };
    members.set(name, member);
    watchdog.add({ ...identity, stopSignal: program.stopSignal });
    onChange();
    void running.exited.then(async () => {
      watchdog.remove(identity.pid);
      onChange();
      if (member.stopping) return;
      const notice = await deathNotice(running, 'ended unexpectedly');
      if (launch.onDeath !== undefined) launch.onDeath(notice);
      else if (!member.revivable) death.resolve(notice);
      else {
        // A child of the dead process may still hold its port or its files.
        signalGroup(identity.pid, 'SIGKILL');
        await revive(member, notice);
      }
    });
    // Everything was stopped while this one was starting.
    if (isClosing()) await end(member, AbortSignal.abort());
    return member;
  }

  async function revive({ launch, running }: Member, notice: string): Promise<void> {
    const isDue = await restarts.wait(launch.name, notice, closed.signal);
    // Meanwhile the stack was stopped, or somebody started it.
    if (!isDue || isClosing() || members.get(launch.name)?.running !== running) return;
    let next: Member | undefined;
    try {
      next = await begin(launch, true);
      await untilReady(next.running, signal);
      options.sayRestart?.(`${launch.name} runs again`);
    } catch (error) {
      // A process that ended is started again by its own end.
      if (!isClosing() && next?.running.hasExited() !== true) death.resolve(String(error));
    }
  }

  async function end(member: Member, hurry: AbortSignal): Promise<void> {
    member.stopping = true;
    await stopProcess(member.running, hurry);
  }

  async function untilRevivable(member: Member): Promise<void> {
    await untilReady(member.running, signal);
    member.revivable = true;
  }

  function find(name: string): Member {
    const member = members.get(name);
    if (member !== undefined) return member;
    throw new StackError(
      `Nothing named "${name}" runs here; there is: ${[...members.keys()].join(', ') || 'nothing'}.`,
    );
  }

  return {
    died: death.promise,

    async launch(launch) {
      await untilRevivable(await begin(launch));
    },

    async stop(name) {
      await end(find(name), new AbortController().signal);
    },

    async start(name) {
      const { launch, running } = find(name);
      if (!running.hasExited()) throw new StackError(`${name} is already running.`);
      await untilRevivable(await begin(launch));
    },

    status: () => statusOf(members),
    processes: () => processesOf(members),

    async stopAll(hurry) {
      closing = true;
      closed.abort();
      clearInterval(logTimer);
      for (const rank of stopOrder) {
        const ranked = [...members.values()].filter(({ launch }) => launch.rank === rank);
        await Promise.all(ranked.map((member) => end(member, hurry)));
      }
    },
  };
}

type Members = ReadonlyMap<string, Member>;

function boundLogs(members: Members): void {
  for (const { running } of members.values()) {
    boundLog(running.logFile).catch((error: unknown) => {
      process.emitWarning(`${running.logFile} can't be bounded: ${String(error)}`);
    });
  }
}

function statusOf(members: Members): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...members].map(([name, { running }]) => [
      name,
      running.hasExited() ? 'stopped' : `running as process ${running.identity.pid}`,
    ]),
  );
}

function processesOf(members: Members): Readonly<Record<string, RunningProcess>> {
  const alive = [...members].filter(([, { running }]) => !running.hasExited());
  return Object.fromEntries(
    alive.map(([name, { running }]) => [
      name,
      { ...running.identity, stopSignal: running.program.stopSignal },
    ]),
  );
}
