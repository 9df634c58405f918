// Bounds the rows that refusals make. Anybody can be refused, as often as they like, and the audit log must
// not fill up by it. The first refusal of its kind is written at once. Those that follow within the period
// are counted and become one row at its end. A crash loses that count, and never the first row.
//
// Invariant: callers whom nobody knows share one kind for each code. So they make two rows a period at most.
import type { AuditedRequest, AuditLog, AuditOutcome } from './auditLog.ts';

/** Kinds that one period tells apart. All others become one more kind. */
export const kindsMax = 64;

interface Counted {
  /** The newest of them. */
  request: AuditedRequest;
  readonly outcome: AuditOutcome;
  requests: number;
}

interface RefusalDeps {
  readonly refused: AuditLog['refused'];
  readonly onFailure: (error: unknown) => void;
}

export interface RefusalCounts {
  readonly add: (request: AuditedRequest, outcome: AuditOutcome) => void;
  /** Ends a period: writes what was counted, and begins the next. Resolves when all of it is written. */
  readonly flush: () => Promise<void>;
}

export function createRefusalCounts({ refused, onFailure }: RefusalDeps): RefusalCounts {
  let counts = new Map<string, Counted>();
  /** First rows under way, one for each kind. */
  const underWay = new Set<Promise<void>>();
  /** What could not be written is counted on, and written at the end of the period. */
  const write = async (kind: string, { request, outcome }: Counted, requests: number) => {
    try {
      await refused(request, outcome, requests);
    } catch (error) {
      onFailure(error);
      const counted = counts.get(kind) ?? { request, outcome, requests: 0 };
      counted.requests += requests;
      counts.set(kind, counted);
    }
  };
  return {
    add: (request, outcome) => {
      const kind = kindOf(request, outcome, counts);
      const counted = counts.get(kind);
      if (counted === undefined) {
        const first = { request, outcome, requests: 0 };
        counts.set(kind, first);
        const writing = write(kind, first, 1).finally(() => underWay.delete(writing));
        underWay.add(writing);
        return;
      }
      counted.request = request;
      counted.requests += 1;
    },
    flush: async () => {
      await Promise.all(underWay);
      const ended = counts;
      counts = new Map();
      for (const [kind, one] of ended) if (one.requests > 0) await write(kind, one, one.requests);
    },
  };
}

/** Beyond `kindsMax` all further ones are of one kind, so that a period has a bounded number. */
function kindOf(
  { actor, operation }: AuditedRequest,
  { code }: AuditOutcome,
  counts: ReadonlyMap<string, Counted>,
): string {
  const kind = actor === undefined ? ` ${code ?? ''}` : `${actor} ${operation} ${code ?? ''}`;
  return counts.has(kind) || counts.size < kindsMax ? kind : 'others';
}
