// Keeps a set of named processes: starts them, reports one that dies without being stopped, and stops them in
// order. It does not know their purpose. stack.ts adds the parts, and start.ts adds the API and the worker.
import type { Controls } from './control.ts';
import { boundLog, freshLog } from './log.ts';
import { StackError, type Program } from './part.ts';
import { deathNotice, startProcess, stopProcess, untilReady, type Running } from './process.ts';
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
  /** Called when the process ends without being stopped. Without it such an end stops everything. */
  readonly onDeath?: (notice: string) => void;
}

interface Member {
  readonly launch: Launch;
  readonly running: Running;
  /** Set once its stop was requested, so its exit is expected. */
  stopping: boolean;
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
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { watchdog, onChange, signal } = options;
  const members = new Map<string, Member>();
  const death = Promise.withResolvers<string>();
  let closing = false;
  const isClosing = () => closing;
  const logTimer = setInterval(() => {
    for (const { running } of members.values()) {
      boundLog(running.logFile).catch((error: unknown) => {
        process.emitWarning(`${running.logFile} can't be bounded: ${String(error)}`);
      });
    }
  }, LOG_CHECK_EVERY_MS).unref();

  async function begin(launch: Launch): Promise<Running> {
    const { name, program } = launch;
    if (isClosing()) throw new StackError('The stack is stopping.');
    const logFile = await freshLog(options.logDir, name);
    const running = await startProcess(name, program, logFile, launch.onOutput);
    const { identity } = running;
    const member: Member = { launch, running, stopping: false };
    members.set(name, member);
    watchdog.add({ ...identity, stopSignal: program.stopSignal });
    onChange();
    void running.exited.then(async () => {
      watchdog.remove(identity.pid);
      onChange();
      if (member.stopping) return;
      const notice = await deathNotice(running, 'ended unexpectedly');
      if (launch.onDeath === undefined) death.resolve(notice);
      else launch.onDeath(notice);
    });
    // Everything was stopped while this one was starting.
    if (isClosing()) await end(member, AbortSignal.abort());
    return running;
  }

  async function end(member: Member, hurry: AbortSignal): Promise<void> {
    member.stopping = true;
    await stopProcess(member.running, hurry);
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
      await untilReady(await begin(launch), signal);
    },

    async stop(name) {
      await end(find(name), new AbortController().signal);
    },

    async start(name) {
      const { launch, running } = find(name);
      if (!running.hasExited()) throw new StackError(`${name} is already running.`);
      await untilReady(await begin(launch), signal);
    },

    status() {
      return Object.fromEntries(
        [...members].map(([name, { running }]) => [
          name,
          running.hasExited() ? 'stopped' : `running as process ${running.identity.pid}`,
        ]),
      );
    },

    processes() {
      const alive = [...members].filter(([, { running }]) => !running.hasExited());
      return Object.fromEntries(
        alive.map(([name, { running }]) => [
          name,
          { ...running.identity, stopSignal: running.program.stopSignal },
        ]),
      );
    },

    async stopAll(hurry) {
      closing = true;
      clearInterval(logTimer);
      for (const rank of stopOrder) {
        const ranked = [...members.values()].filter(({ launch }) => launch.rank === rank);
        await Promise.all(ranked.map((member) => end(member, hurry)));
      }
    },
  };
}
