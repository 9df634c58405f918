// A round of retries: the dependencies of the process, and the endpoint as it was read.
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import type { ShowCommandId } from '../feed/mapEvents.ts';
import type { CurrentTarget, Deliver } from './delivery.ts';
import type { OpenSecrets } from './openSecrets.ts';
import type { RetryEndpoint } from './retryStore.ts';

export interface RetryDeps {
  readonly pool: Pool;
  readonly show: ShowCommandId;
  readonly deliver: Deliver;
  readonly openSecrets: OpenSecrets;
  /** Hears of an endpoint that was disabled. */
  readonly onLeft: (endpointId: string, reason: string) => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
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
}
