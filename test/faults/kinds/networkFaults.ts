// Network faults in front of each part.
import { setTimeout as pause } from 'node:timers/promises';
import type { Dose, NetworkFault } from '../../../harness/proxy/proxy.ts';
import type { ProxiedPart } from '../faultEnvironment.ts';
import type { FaultKind } from './faultKind.ts';
import { until } from './waits.ts';

const hitWithinMs = 1_500;
const parts: Readonly<Record<ProxiedPart, { title: string; slowBytesPerS: number; dose: Dose }>> = {
  api: { title: 'the API', slowBytesPerS: 3_000, dose: { share: 0.3, hitsMax: 10 } },
  postgres: { title: 'PostgreSQL', slowBytesPerS: 50_000, dose: { share: 0.2, hitsMax: 5 } },
  redis: { title: 'Redis', slowBytesPerS: 5_000, dose: { share: 0.2, hitsMax: 5 } },
  elasticsearch: { title: 'Elasticsearch', slowBytesPerS: 10_000, dose: { share: 0.5, hitsMax: 3 } },
  // Little traffic: a heartbeat a second and the runs of the schedules.
  temporal: { title: 'Temporal', slowBytesPerS: 5_000, dose: { share: 0.5, hitsMax: 3 } },
};
const partNames = Object.keys(parts) as ProxiedPart[];

const faults: Readonly<Record<string, (slowBytesPerS: number) => NetworkFault>> = {
  'slow network': () => ({ kind: 'latency', ms: 80, jitterMs: 70 }),
  'request cut before it arrives at': () => ({ kind: 'cutBefore' }),
  'request cut after it arrived at': () => ({ kind: 'cutAfter' }),
  'reply dropped of': () => ({ kind: 'dropReply' }),
  trickle: (bytesPerS) => ({ kind: 'slow', bytesPerS }),
  'connection reset of': () => ({ kind: 'reset' }),
};

function networkFault(
  words: string,
  part: ProxiedPart,
  fault: NetworkFault,
  dose: Dose,
  holdMs = 0,
): FaultKind {
  return {
    kind: `${words} ${parts[part].title}`,
    part,
    async inject({ proxies }, _random, signal) {
      const proxy = proxies[part];
      const before = proxy.hits()[fault.kind];
      const hits = () => proxy.hits()[fault.kind] - before;
      proxy.inject(fault, dose);
      try {
        await until(() => hits() >= dose.hitsMax, hitWithinMs, signal);
        if (hits() > 0) await pause(holdMs);
      } finally {
        proxy.heal();
      }
      return { hits: hits() };
    },
  };
}

/** Longer than the time-outs of Elasticsearch's requests, PostgreSQL's queries and Redis' commands. */
const blackHoleMs: Readonly<Partial<Record<ProxiedPart, number>>> = {
  elasticsearch: 1_300,
  postgres: 2_200,
  redis: 300,
};

export const networkFaults: readonly FaultKind[] = [
  ...Object.entries(faults).flatMap(([words, fault]) =>
    partNames.map((part) => networkFault(words, part, fault(parts[part].slowBytesPerS), parts[part].dose)),
  ),
  ...partNames.flatMap((part) => {
    const holdMs = blackHoleMs[part];
    if (holdMs === undefined) return [];
    return [
      networkFault('black hole before', part, { kind: 'blackHole' }, { share: 0.5, hitsMax: 2 }, holdMs),
    ];
  }),
  networkFault(
    'the same request twice at once to',
    'api',
    { kind: 'duplicate' },
    { share: 0.5, hitsMax: 10 },
  ),
];
