// Counts the streams and waiting requests of this process: of each caller, of each tenant, and all. Each
// holds a place as long as it is open.
//
// Invariant: every number has a bound. So no caller keeps the others of its tenant out, and no tenant the
// others of the process.
import type { Tenant } from '../../domain/tenant.ts';
import { ProblemError } from '../http/problems.ts';

export const readerKinds = ['stream', 'wait'] as const;
export type ReaderKind = (typeof readerKinds)[number];

export interface ReaderCaller {
  /** Names the caller among those of all tenants. */
  readonly actor: string;
  readonly tenant: Tenant;
}

/** Takes a place for a reader. Returns the function that gives it back. Throws if there is none left. */
export type EnterReader = (caller: ReaderCaller, kind: ReaderKind) => () => void;

export interface ReaderLimits {
  readonly readersMax: number;
  readonly readersPerTenantMax: number;
  readonly readersPerCallerMax: number;
}

/** Readers keep their connections for long, so half of all connections stays for the others. */
export function readersMaxOf(config: {
  readonly EVENT_READERS_MAX: number;
  readonly HTTP_CONNECTIONS_MAX: number;
}): number {
  return Math.max(1, Math.min(config.EVENT_READERS_MAX, Math.floor(config.HTTP_CONNECTIONS_MAX / 2)));
}

interface PlacesWatch {
  readonly opened: (kind: ReaderKind) => void;
  readonly closed: (kind: ReaderKind) => void;
}

export function createReaderPlaces(limits: ReaderLimits, watch: PlacesWatch): EnterReader {
  const { readersMax, readersPerTenantMax, readersPerCallerMax } = limits;
  const byCaller = createCounts();
  const byTenant = createCounts();
  let all = 0;
  return ({ actor, tenant }, kind) => {
    if (byCaller.of(actor) >= readersPerCallerMax)
      throw tooMany(`A caller may have ${readersPerCallerMax}`, 'Close one, or share one.');
    if (byTenant.of(tenant) >= readersPerTenantMax)
      throw tooMany(`A tenant may have ${readersPerTenantMax}`, 'Close one, or share one.');
    if (all >= readersMax)
      throw tooMany(`This process has ${all}`, 'Try again later, or ask another process.');
    byCaller.add(actor, 1);
    byTenant.add(tenant, 1);
    all += 1;
    watch.opened(kind);
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      all -= 1;
      byCaller.add(actor, -1);
      byTenant.add(tenant, -1);
      watch.closed(kind);
    };
  };
}

function tooMany(whose: string, whatToDo: string): ProblemError {
  const detail = `${whose} streams and waiting requests at once. ${whatToDo}`;
  return new ProblemError({ code: 'TOO_MANY_STREAMS', detail });
}

/** Counts that are kept only while they are above 0. */
function createCounts() {
  const counts = new Map<string, number>();
  const of = (name: string) => counts.get(name) ?? 0;
  return {
    of,
    add: (name: string, change: number) => {
      const count = of(name) + change;
      if (count === 0) counts.delete(name);
      else counts.set(name, count);
    },
  };
}
