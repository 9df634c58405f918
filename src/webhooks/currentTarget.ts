// Says where a round of retries sends, as it is now. A round takes up to 20 s, and its requests wait for
// their turns. Meanwhile its owner may disable the endpoint, move it to another URL, or end a secret that
// leaked.
//
// Invariant: no request begins later than a second after a change under what was before the change.
import type { CurrentTarget, Target } from './delivery.ts';
import type { RetryEndpoint } from './retryEndpoint.ts';

/** A round reads its endpoint again after this time. */
const keptMs = 1_000;

interface CurrentTargetDeps {
  readonly read: () => Promise<RetryEndpoint | undefined>;
  readonly toTarget: (endpoint: RetryEndpoint) => Target;
  readonly monotonicMs: () => number;
}

/** `first` is the endpoint as it was read just now. */
export function createCurrentTarget(
  { read, toTarget, monotonicMs }: CurrentTargetDeps,
  first: RetryEndpoint,
): CurrentTarget {
  const targetOf = (endpoint: RetryEndpoint | undefined) =>
    endpoint?.state === 'enabled' ? toTarget(endpoint) : undefined;
  let readAt = monotonicMs();
  let known = Promise.resolve(targetOf(first));
  return () => {
    if (monotonicMs() - readAt >= keptMs) {
      readAt = monotonicMs();
      known = read().then(targetOf);
    }
    return known;
  };
}
