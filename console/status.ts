// Says in words what is wrong and what to do, at the top of the page. Pure: a function of the latest
// snapshot. The most urgent finding comes first. No finding means that all is well.
import type {
  ConsoleSnapshot,
  ProjectionSnapshot,
  RecoverySnapshot,
  ScheduleSnapshot,
  TemporalSnapshot,
} from '../src/api/console/consoleSnapshot.ts';
import { counted, duration, inSentence } from './format.ts';

export interface Finding {
  readonly severity: 'wrong' | 'watch';
  readonly what: string;
  readonly todo: string;
  /** Leads to a part of this page or to the Temporal Web UI. */
  readonly link?: { readonly href: string; readonly text: string };
}

/** A projection with less lag than this is merely busy. */
export const lagWatchMs = 5_000;
export const lagWrongMs = 30_000;
/** A recovery that failed is reported for this long. */
const failureShownMs = 3_600_000;

export interface Seen {
  readonly snapshot: ConsoleSnapshot;
  readonly isConnected: boolean;
  /** Age of the snapshot. */
  readonly ageMs: number;
}

export function findings({ snapshot, isConnected, ageMs }: Seen): readonly Finding[] {
  const found = [
    ...connectionFindings(isConnected, ageMs),
    ...partFindings(snapshot),
    ...temporalFindings(snapshot),
    ...(snapshot.stores?.projections ?? []).flatMap((projection) =>
      projectionFindings(projection, snapshot.temporal),
    ),
    ...parkedFindings(snapshot),
    ...refusalFindings(snapshot),
    ...(snapshot.temporal?.recoveries ?? [])
      .filter(isLatest)
      .flatMap((run) => recoveryFindings(run, snapshot.atMs)),
  ];
  return [
    ...found.filter(({ severity }) => severity === 'wrong'),
    ...found.filter(({ severity }) => severity === 'watch'),
  ];
}

function connectionFindings(isConnected: boolean, ageMs: number): readonly Finding[] {
  if (isConnected) return [];
  return [
    {
      severity: 'wrong',
      what: `No connection to the API: everything below is ${duration(ageMs)} old.`,
      todo: 'It is tried again by itself. If it stays away, check whether the API process runs.',
    },
  ];
}

const partTodos: Readonly<Record<string, Omit<Finding, 'what'> & { readonly name: string }>> = {
  postgres: {
    name: 'PostgreSQL',
    severity: 'wrong',
    todo: 'No operation succeeds without it. Bring it back; nothing that was acknowledged is lost.',
  },
  elasticsearch: {
    name: 'Elasticsearch',
    severity: 'wrong',
    todo: 'Operations and reads go on from PostgreSQL. Bring it back; the read model catches up by itself.',
  },
  redis: {
    name: 'Redis',
    severity: 'watch',
    todo: 'Everything goes on without the lock, slower under contention. Bring it back.',
  },
  process: { name: 'This API process', severity: 'watch', todo: 'The page will connect to the next one.' },
};

function partFindings({ parts }: ConsoleSnapshot): readonly Finding[] {
  return Object.entries(parts)
    .filter(([, state]) => state !== 'ok')
    .map(([part, state]) => {
      const { name, severity, todo } = partTodos[part] ?? {
        name: part,
        severity: 'watch',
        todo: 'Check it.',
      };
      return { severity, todo, what: `${name} has a problem: ${state}.` };
    });
}

function temporalFindings({ temporal }: ConsoleSnapshot): readonly Finding[] {
  if (temporal === undefined) return [];
  if (temporal === null) {
    return [
      {
        severity: 'wrong',
        what: 'Temporal does not answer: projections and recoveries stop.',
        todo: 'Operations go on. Bring Temporal back; everything continues from where it was.',
      },
    ];
  }
  if (temporal.workers > 0) return [];
  return [
    {
      severity: 'wrong',
      what: 'No worker has asked for work in the last minutes: projections and recoveries stop.',
      todo: 'Start a worker: node worker/main.ts.',
    },
  ];
}

function projectionFindings(
  { projection, lagMs, behind }: ProjectionSnapshot,
  temporal: TemporalSnapshot | null | undefined,
): readonly Finding[] {
  const schedule = temporal?.schedules[projection] ?? undefined;
  const link = { href: '#projections', text: 'Projections' };
  const waiting =
    behind === 0 ? 'nothing waits' : `${counted(behind, 'event')} ${behind === 1 ? 'waits' : 'wait'}`;
  const named = inSentence(projection);
  if (schedule?.paused === true) return [pausedFinding(named, waiting, schedule)];
  if (behind === 0 || lagMs < lagWatchMs) return [];
  const severity = lagMs < lagWrongMs ? 'watch' : 'wrong';
  const failure = schedule?.lastFailure ?? undefined;
  const what = `${capital(named)} is ${duration(lagMs)} late: ${waiting}.`;
  return [{ severity, what, todo: lateTodo(projection, severity, failure), link }];
}

/** Quotes the drain's own error, so that nobody has to search for it. */
function lateTodo(
  projection: ProjectionSnapshot['projection'],
  severity: Finding['severity'],
  failure: string | undefined,
): string {
  if (failure !== undefined)
    return `Its drain fails and is tried again: “${failure}”. Repair that; it catches up by itself.`;
  return severity === 'watch'
    ? 'See whether it comes down by itself.'
    : `Nothing says why: see drain-${projection} in the Temporal Web UI, and whether a worker runs.`;
}

function pausedFinding(named: string, waiting: string, { note }: ScheduleSnapshot): Finding {
  return {
    severity: 'watch',
    what: `${capital(named)} is paused (${note ?? 'no reason was left'}): ${waiting}.`,
    todo: 'Resume it when the reason is gone.',
    link: { href: '#projections', text: 'Projections' },
  };
}

function parkedFindings({ stores }: ConsoleSnapshot): readonly Finding[] {
  const parked = (stores?.projections ?? []).reduce((sum, one) => sum + one.parked, 0);
  if (parked === 0) return [];
  return [
    {
      severity: 'watch',
      what: `${counted(parked, 'event')} could not be projected and ${parked === 1 ? 'is' : 'are'} parked; other events go on.`,
      todo: 'Read the reason. Repair the cause and retry, or skip the event with a reason of your own.',
      link: { href: '#parked-events', text: 'Parked events' },
    },
  ];
}

function refusalFindings({ sample }: ConsoleSnapshot): readonly Finding[] {
  const perS = sample?.commands?.refusedPerS ?? 0;
  if (perS <= 0) return [];
  return [
    {
      severity: 'wrong',
      what: `Commands are refused with 503, ${perS < 1 ? 'less than one' : Math.round(perS)} a second.`,
      todo: 'More arrives than this process carries, or PostgreSQL is slow: add API processes, or see the log.',
    },
  ];
}

/** A later run under the same workflow id supersedes the outcome of an earlier one. */
function isLatest(run: RecoverySnapshot, index: number, runs: readonly RecoverySnapshot[]): boolean {
  return runs.findIndex(({ workflowId }) => workflowId === run.workflowId) === index;
}

function recoveryFindings(run: RecoverySnapshot, nowMs: number): readonly Finding[] {
  const link = { href: run.url, text: 'Its page in the Temporal Web UI' };
  const isRecent = run.closedAt === null || nowMs - Date.parse(run.closedAt) < failureShownMs;
  if (!isRecent) return [];
  if (run.state === 'RUNNING' && run.progress?.status === 'paused')
    return [{ severity: 'watch', what: `${run.workflowId} is paused.`, todo: 'Resume or cancel it.', link }];
  if (['FAILED', 'TIMED_OUT', 'TERMINATED'].includes(run.state))
    return [
      {
        severity: 'watch',
        what: `${run.workflowId} failed: ${run.failure ?? run.state.toLowerCase()}.`,
        todo: 'Read why, repair the cause, and start it again.',
        link,
      },
    ];
  const left = differencesLeft(run.result);
  if (left === 0) return [];
  return [
    {
      severity: 'wrong',
      what: `${capital(counted(left, 'difference'))} to the event store ${left === 1 ? 'was' : 'were'} found by ${run.workflowId}.`,
      todo: 'Verify with repair, then check that none is left.',
      link: { href: '#recoveries', text: 'Recoveries' },
    },
  ];
}

/** Number of differences that a verification found. If it repaired, the number that was left afterwards. */
export function differencesLeft(result: unknown): number {
  if (typeof result !== 'object' || result === null) return 0;
  const { differencesCount = 0, remaining = null } = result as {
    differencesCount?: number;
    remaining?: { differencesCount?: number } | null;
  };
  return remaining === null ? differencesCount : (remaining.differencesCount ?? 0);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
