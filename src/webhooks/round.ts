// A round of retries: the dependencies of the process, and the endpoint as it was read.
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import type { ShowCommandId } from '../feed/mapEvents.ts';
import type { CurrentTarget, Deliver } from './delivery.ts';
import type { OpenSecrets } from './openSecrets.ts';
import type { RetryEndpoint } from './retryEndpoint.ts';

export interface RetryDeps {
  readonly pool: Pool;
  readonly show: ShowCommandId;
  readonly deliver: Deliver;
  readonly openSecrets: OpenSecrets;
  /** Hears of an endpoint that was disabled. */
  readonly onLeft: (endpointId: string, reason: string) => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic. A clock that is set, forward or back, neither halts nor hurries anything. */
  readonly monotonicMs: () => number;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

export interface Round {
  readonly deps: RetryDeps;
  readonly endpoint: RetryEndpoint;
  /** Undefined once the round was stopped. */
  readonly current: CurrentTarget;
  readonly counts: { delivered: number; failed: number };
  /** False once no new attempt may begin. */
  readonly mayGoOn: () => boolean;
  /** From now on no new attempt begins. */
  readonly breakOff: () => void;
}

/**
 * Runs the work so many times at once. The first failure breaks the round off. It is thrown after all have
 * ended, because the next round would send beside them.
 */
export async function sideBySide(
  { breakOff }: Pick<Round, 'breakOff'>,
  times: number,
  work: () => Promise<void>,
): Promise<void> {
  const begun = Array.from({ length: times }, () =>
    work().catch((error: unknown) => {
      breakOff();
      throw error;
    }),
  );
  for (const ended of await Promise.allSettled(begun)) if (ended.status === 'rejected') throw ended.reason;
}
