// The faults that a network does to a request or its reply, and how many requests they hit.

/** Between 0 and 1, from a seed. */
export type Random = () => number;

export type NetworkFault =
  /** The request waits this long, plus or minus the jitter. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  /** The connection ends before the request reaches the server. */
  | { readonly kind: 'cutBefore' }
  /** The request reaches the server, and the connection ends without waiting for the reply. */
  | { readonly kind: 'cutAfter' }
  /** The proxy waits for the reply, swallows it, and ends the connection. */
  | { readonly kind: 'dropReply' }
  /** The first bytes of the reply pass, and then the connection ends. */
  | { readonly kind: 'cutReply'; readonly bytes: number }
  /** The request trickles. */
  | { readonly kind: 'slow'; readonly bytesPerS: number }
  /** Both sides receive a reset instead of an end. */
  | { readonly kind: 'reset' }
  /** The connection stays open, and nothing passes in either direction until `heal`, which ends it. */
  | { readonly kind: 'blackHole' }
  /**
   * An HTTP request with an Idempotency-Key also goes to a second server, at the same time, under its own
   * request id.
   */
  | { readonly kind: 'duplicate' };
export type NetworkFaultKind = NetworkFault['kind'];

export interface Dose {
  /** Share of the requests that are hit, 0 to 1. */
  readonly share: number;
  /** After this many hits everything passes again. */
  readonly hitsMax: number;
}

export function noHits(): Record<NetworkFaultKind, number> {
  return {
    ...{ latency: 0, cutBefore: 0, cutAfter: 0, dropReply: 0, cutReply: 0 },
    ...{ slow: 0, reset: 0, blackHole: 0, duplicate: 0 },
  };
}

export interface Injection {
  /** The fault for this request, if it is to be hit. */
  readonly draw: () => NetworkFault | undefined;
  /** The last drawn fault could not hit its request, so another request may have it. */
  readonly giveBack: () => void;
}

/** Draws evenly among several faults. */
export function injectionOf(
  faults: readonly NetworkFault[],
  { share, hitsMax }: Dose,
  random: Random,
): Injection {
  let left = hitsMax;
  return {
    draw: () => {
      if (left <= 0 || random() >= share) return undefined;
      left -= 1;
      return faults.length === 1 ? faults[0] : faults[Math.floor(random() * faults.length)];
    },
    giveBack: () => {
      left += 1;
    },
  };
}
