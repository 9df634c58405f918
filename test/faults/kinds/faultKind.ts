// What a kind of fault is. `struck` counts what provably happened, never what was attempted: a strike that could not
// be proved counts 0, and the run goes on.
import type { Random } from '../../../harness/proxy/proxy.ts';
import type { ProxiedPart, FaultEnvironment } from '../faultEnvironment.ts';

export interface Hits {
  readonly hits: number;
  /** Ids of the calls that were with a process when it was killed. */
  readonly inFlight?: readonly string[];
  readonly detail?: object;
}

export interface FaultKind {
  /** Unique, in words, such as "API killed: append sent". */
  readonly kind: string;
  /** What it strikes. Strikes at different parts may run side by side; of one part, one at a time. */
  readonly part: ProxiedPart | 'worker';
  /** Rejects only where the stand itself is broken; leaves everything running when it resolves. */
  readonly inject: (environment: FaultEnvironment, random: Random, signal: AbortSignal) => Promise<Hits>;
}
