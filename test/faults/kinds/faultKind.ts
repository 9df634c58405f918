// A kind of fault. `hits` counts effects that are proved, never attempts. A fault without proof counts 0, and
// the run goes on.
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
  /**
   * The part that it hits. Faults at different parts may run side by side. One part has one fault at a time.
   */
  readonly part: ProxiedPart | 'worker' | 'consumers';
  /** Rejects only if the environment itself is broken. Everything runs when it resolves. */
  readonly inject: (environment: FaultEnvironment, random: Random, signal: AbortSignal) => Promise<Hits>;
}
