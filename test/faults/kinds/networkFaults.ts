// What networks do to requests, in front of each part.
import { setTimeout as pause } from 'node:timers/promises';
import type { Dose, Toxic } from '../../../harness/proxy.ts';
import type { ProxiedPart } from '../faultEnvironment.ts';
import type { FaultKind } from './faultKind.ts';
import { until } from './waits.ts';

const struckWithinMs = 1_500;
const parts: Readonly<Record<ProxiedPart, { title: string; slowBytesPerS: number; dose: Dose }>> = {
  api: { title: 'the API', slowBytesPerS: 3_000, dose: { share: 0.3, strikesMax: 10 } },
  postgres: { title: 'PostgreSQL', slowBytesPerS: 50_000, dose: { share: 0.2, strikesMax: 5 } },
  redis: { title: 'Redis', slowBytesPerS: 5_000, dose: { share: 0.2, strikesMax: 5 } },
  elasticsearch: { title: 'Elasticsearch', slowBytesPerS: 10_000, dose: { share: 0.5, strikesMax: 3 } },
  // Little traffic: a heartbeat a second and what the schedules start.
  temporal: { title: 'Temporal', slowBytesPerS: 5_000, dose: { share: 0.5, strikesMax: 3 } },
};
const partNames = Object.keys(parts) as ProxiedPart[];

const toxics: Readonly<Record<string, (slowBytesPerS: number) => Toxic>> = {
  'slow network': () => ({ kind: 'latency', ms: 80, jitterMs: 70 }),
  'request cut before it arrives at': () => ({ kind: 'cutBefore' }),
  'request cut after it arrived at': () => ({ kind: 'cutAfter' }),
  'reply dropped of': () => ({ kind: 'dropReply' }),
  trickle: (bytesPerS) => ({ kind: 'slow', bytesPerS }),
  'connection reset of': () => ({ kind: 'reset' }),
};

function networkStrike(words: string, part: ProxiedPart, toxic: Toxic, dose: Dose, holdMs = 0): FaultKind {
  return {
    kind: `${words} ${parts[part].title}`,
    part,
    async strike({ proxies }, _random, signal) {
      const proxy = proxies[part];
      const before = proxy.struck()[toxic.kind];
      const struck = () => proxy.struck()[toxic.kind] - before;
      proxy.poison(toxic, dose);
      try {
        await until(() => struck() >= dose.strikesMax, struckWithinMs, signal);
        if (struck() > 0) await pause(holdMs);
      } finally {
        proxy.cure();
      }
      return { struck: struck() };
    },
  };
}

/** Longer than the limits behind them: Elasticsearch's time-out, PostgreSQL's query time-out, Redis' command time-out. */
const blackHoleMs: Readonly<Partial<Record<ProxiedPart, number>>> = {
  elasticsearch: 1_300,
  postgres: 2_200,
  redis: 300,
};

export const networkStrikes: readonly FaultKind[] = [
  ...Object.entries(toxics).flatMap(([words, toxic]) =>
    partNames.map((part) => networkStrike(words, part, toxic(parts[part].slowBytesPerS), parts[part].dose)),
  ),
  ...partNames.flatMap((part) => {
    const holdMs = blackHoleMs[part];
    if (holdMs === undefined) return [];
    return [
      networkStrike('black hole before', part, { kind: 'blackHole' }, { share: 0.5, strikesMax: 2 }, holdMs),
    ];
  }),
  networkStrike(
    'the same request twice at once to',
    'api',
    { kind: 'duplicate' },
    { share: 0.5, strikesMax: 10 },
  ),
];
