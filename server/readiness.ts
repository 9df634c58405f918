// What /readyz answers: whether this process should get traffic, and what is wrong with each part it uses.
import type { Client } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Readiness } from '../src/api/health.ts';

interface ReadinessDeps {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Client;
  readonly isStopping: () => boolean;
}

/** Only PostgreSQL is needed; the others are reported, because without them the service is slower, not wrong. */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  return async () => {
    // Said at once: the parts don't matter any more, and a probe that hangs would hold the answer back.
    if (deps.isStopping()) return { ready: false, parts: { process: 'is shutting down' } };
    const [postgres, redis, elasticsearch] = await Promise.all([
      stateOf(deps.pool.query('select 1')),
      stateOf(deps.redis.ping()),
      stateOf(deps.elasticsearch.cluster.health({}, { requestTimeout: probeTimeoutMs, maxRetries: 0 })),
    ]);
    const process = deps.isStopping() ? 'is shutting down' : 'ok';
    return {
      ready: process === 'ok' && postgres === 'ok',
      parts: { process, postgres, redis, elasticsearch },
    };
  };
}

const probeTimeoutMs = 1_000;

async function stateOf(probe: Promise<unknown>): Promise<string> {
  try {
    await probe;
    return 'ok';
  } catch (error) {
    return error instanceof Error && error.message !== '' ? error.message : 'does not answer';
  }
}
