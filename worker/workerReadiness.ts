// Decides whether the worker process is ready. It needs a running worker, a Temporal that answers, and a
// PostgreSQL that takes writes, because every projection reads and writes there. Without Elasticsearch the
// ledger goes on, and without Redis the projections poll.
import type { Client } from '@elastic/elasticsearch';
import type { Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { assertLevelKnown } from '../src/eventStore/processReports.ts';
import { assertServerFit } from '../src/eventStore/serverFacts.ts';
import { createReadiness, type Readiness } from '../src/telemetry/readiness.ts';

interface ReadinessDeps {
  readonly worker: Pick<Worker, 'getState'>;
  readonly isDraining: () => boolean;
  readonly pool: Pool;
  readonly elasticsearch: Client;
  /** Rejects if Temporal does not answer, or lost the namespace. */
  readonly askTemporal: () => Promise<unknown>;
}

const requestTimeoutMs = 1_000;

export function createWorkerReadiness({
  worker,
  isDraining,
  pool,
  elasticsearch,
  askTemporal,
}: ReadinessDeps): () => Promise<Readiness> {
  const processState = () => {
    const state = worker.getState();
    if (state !== 'RUNNING') return `is ${state.toLowerCase()}`;
    return isDraining() ? 'is draining' : 'ok';
  };
  return createReadiness(processState, {
    postgres: {
      needed: true,
      ask: async () => {
        await assertServerFit(pool, 'projections');
        await assertLevelKnown(pool);
      },
    },
    temporal: { needed: true, ask: askTemporal },
    elasticsearch: {
      needed: false,
      ask: () => elasticsearch.cluster.health({}, { requestTimeout: requestTimeoutMs, maxRetries: 0 }),
    },
  });
}
