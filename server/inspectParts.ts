// Inspects every part for GET /admin/parts. It asks each part for its version within a deadline, and
// describes the problem and the remedy. Never rejects, because a part that does not answer is a result.
import type { Client } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { PartReport } from '../src/api/admin/partRoutes.ts';
import type { Schedules } from '../src/temporal/schedules.ts';

interface PartDeps {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Client;
  readonly recoveries: Pick<Schedules, 'temporalFacts'>;
  readonly taskQueue: string;
}

interface Finding {
  readonly version: string | null;
  readonly problem?: string;
  readonly advice?: string;
}

interface Part {
  readonly part: PartReport['part'];
  readonly needed?: true;
  readonly ask: () => Promise<Finding>;
  readonly adviceWhenAway: string;
}

const answerWithinMs = 4_000;

export function createPartInspection(deps: PartDeps): () => Promise<readonly PartReport[]> {
  const parts = partsOf(deps);
  return () => Promise.all(parts.map(inspect));
}

function partsOf({ pool, redis, elasticsearch, recoveries, taskQueue }: PartDeps): readonly Part[] {
  return [
    {
      part: 'postgres',
      needed: true,
      ask: async () => {
        const { rows } = await pool.query<{ version: string }>(
          `select current_setting('server_version') as version`,
        );
        return { version: rows[0]?.version ?? null };
      },
      adviceWhenAway: 'Bring PostgreSQL back, or see DATABASE_URL: until then operations get 503.',
    },
    {
      part: 'redis',
      ask: async () => ({ version: /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? null }),
      adviceWhenAway: 'Bring Redis back, or see REDIS_URL. Operations go on without the lock.',
    },
    {
      part: 'elasticsearch',
      ask: async () => {
        const limits = { requestTimeout: answerWithinMs, maxRetries: 0 };
        // Not `info`: the embedded Elasticsearch has no route at its root.
        const [{ nodes }, { status }] = await Promise.all([
          elasticsearch.nodes.info({ filter_path: 'nodes.*.version' }, limits),
          elasticsearch.cluster.health({}, limits),
        ]);
        const version = [...new Set(Object.values(nodes).map((node) => node.version))].join(', ');
        if (status !== 'red') return { version };
        const advice = 'See GET _cluster/allocation/explain: an index has a primary shard that is not there.';
        return { version, problem: 'The cluster is red.', advice };
      },
      adviceWhenAway:
        'Bring Elasticsearch back, or see ELASTICSEARCH_URL. Reads come from the event store meanwhile.',
    },
    {
      part: 'temporal',
      ask: async () => ({ version: (await recoveries.temporalFacts()).serverVersion }),
      adviceWhenAway:
        'Bring Temporal back, or see TEMPORAL_ADDRESS. The outbox fills meanwhile; nothing is lost.',
    },
    {
      part: 'worker',
      ask: async () => {
        const { workers } = await recoveries.temporalFacts();
        if (workers > 0) return { version: `${workers} polling` };
        const problem = `Nobody asks the task queue "${taskQueue}" for work.`;
        return { version: null, problem, advice: 'Start a worker: node worker/main.ts.' };
      },
      adviceWhenAway: 'Temporal has to answer first.',
    },
  ];
}

async function inspect({ part, needed, ask, adviceWhenAway }: Part): Promise<PartReport> {
  const startedAt = performance.now();
  const report = (found: Finding, reachable: boolean): PartReport => ({
    part,
    needed: needed === true,
    reachable,
    version: found.version,
    answeredInMs: Math.round(performance.now() - startedAt),
    problem: found.problem ?? null,
    advice: found.advice ?? null,
  });
  try {
    const found = await within(ask());
    return report(found, part !== 'worker' || found.problem === undefined);
  } catch (error) {
    const problem = error instanceof Error && error.message !== '' ? error.message : 'does not answer';
    return report({ version: null, problem, advice: adviceWhenAway }, false);
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.reject(new Error(`does not answer within ${answerWithinMs} ms`));
  }, answerWithinMs);
  try {
    return await Promise.race([work, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
