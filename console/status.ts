// Says in words what is wrong and what to do, at the top of the page. Pure: a function of the latest
// snapshot. Invariant: what is wrong, and how bad it is, comes from the health model alone. The page adds
// only that it lost its connection.
import type { ConditionSnapshot, ConsoleSnapshot } from '../src/api/console/consoleSnapshot.ts';
import { drainScheduleOf } from '../src/projections/registry.ts';
import { duration } from './format.ts';

export type Severity = ConditionSnapshot['severity'];

export interface Finding {
  readonly severity: Severity;
  readonly what: string;
  readonly todo: string;
  /** What to type. Absent if no command helps. */
  readonly command?: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly sinceMs?: number;
  /** Leads to the part of this page that shows more. */
  readonly link?: { readonly href: string; readonly text: string };
}

export interface Seen {
  readonly snapshot: ConsoleSnapshot;
  readonly isConnected: boolean;
  /** Age of the snapshot. */
  readonly ageMs: number;
}

export function findings({ snapshot, isConnected, ageMs }: Seen): readonly Finding[] {
  return [...connectionFindings(isConnected, ageMs), ...(snapshot.conditions ?? []).map(toFinding)];
}

function connectionFindings(isConnected: boolean, ageMs: number): readonly Finding[] {
  if (isConnected) return [];
  return [
    {
      severity: 'critical',
      what: `No connection to the API: everything below is ${duration(ageMs)} old.`,
      todo: 'It is tried again by itself. If it stays away, check whether the API process runs.',
    },
  ];
}

function toFinding(condition: ConditionSnapshot): Finding {
  const { name, part, severity, title, problem, advice, command, since } = condition;
  const link = linksByName[name] ?? links[part];
  return {
    severity,
    what: /[.!?]$/.test(problem) ? problem : `${title}: ${problem}.`,
    todo: advice,
    sinceMs: Date.parse(since),
    ...(command !== null && { command }),
    ...(link !== undefined && { link }),
  };
}

const linksByName: Readonly<Record<string, Finding['link']>> = {
  'events-parked': { href: '#parked-events', text: 'Parked events' },
  'webhook-endpoints-disabled': { href: '#/webhooks', text: 'Webhooks' },
};
const links: Readonly<Partial<Record<ConditionSnapshot['part'], Finding['link']>>> = {
  projections: { href: '#projections', text: 'Projections' },
  recoveries: { href: '#recoveries', text: 'Recoveries' },
};

/** How bad the health model finds a projection. Undefined if it finds nothing. */
export function severityOf(projection: string, snapshot: ConsoleSnapshot): Severity | undefined {
  const own = (snapshot.conditions ?? []).filter(
    ({ part, subject }) =>
      part === 'projections' && [projection, drainScheduleOf(projection)].includes(subject),
  );
  return own.some(({ severity }) => severity === 'critical') ? 'critical' : own[0]?.severity;
}
