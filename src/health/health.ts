// The one health model of a process. It gathers the facts, judges them, and remembers since when each finding
// holds. Callers that ask at the same time share one round, and a round is reused for a moment. So any number
// of probes, pages and scrapes costs what one costs.
import type { Condition, Finding } from './condition.ts';
import type { Facts } from './facts.ts';
import { createSharedAnswer } from '../telemetry/sharedAnswer.ts';
import { judge, type Judged } from './judge.ts';

export interface HealthReport {
  readonly atMs: number;
  readonly status: 'ok' | 'warning' | 'critical';
  readonly findings: readonly Finding[];
  readonly facts: Facts;
}

export interface Health {
  /**
   * Never rejects: a part that does not answer is a finding. Ends within the deadline of the slowest part.
   */
  readonly report: () => Promise<HealthReport>;
  /** The next report begins a new round. Call it after a change that the report must show. */
  readonly renew: () => void;
}

interface HealthDeps {
  /** Never rejects. */
  readonly gather: () => Promise<Facts>;
  readonly conditions: readonly Condition[];
  readonly monotonicMs: () => number;
}

/** How long a round is reused. */
const ageMaxMs = 1_500;

export function createHealth({ gather, conditions, monotonicMs }: HealthDeps): Health {
  const withSince = createSinceMemory();
  const round = async (): Promise<HealthReport> => {
    const facts = await gather();
    const findings = withSince(judge(facts, conditions), facts.atMs);
    return { atMs: facts.atMs, status: statusOf(findings), findings, facts };
  };
  const share = () => createSharedAnswer(round, ageMaxMs, monotonicMs);
  let shared = share();
  return {
    report: () => shared(),
    renew: () => {
      shared = share();
    },
  };
}

function statusOf(findings: readonly Finding[]): HealthReport['status'] {
  if (findings.length === 0) return 'ok';
  return findings.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning';
}

/**
 * Adds when each finding was first seen. It forgets those that are over, so it holds no more than there are.
 */
function createSinceMemory(): (judged: readonly Judged[], atMs: number) => readonly Finding[] {
  let firstSeen: ReadonlyMap<string, Date> = new Map();
  const firstSeenOf = (one: Judged) => firstSeen.get(keyOf(one)) ?? new Date();
  return (judged, atMs) => {
    firstSeen = new Map(judged.map((one) => [keyOf(one), firstSeen.get(keyOf(one)) ?? new Date(atMs)]));
    return judged.map((one): Finding => ({ ...one, since: one.since ?? firstSeenOf(one) }));
  };
}

function keyOf({ name, subject }: Pick<Finding, 'name' | 'subject'>): string {
  return `${name} ${subject}`;
}
