// Decides whether the worker process is ready. It needs a running worker on Temporal, and PostgreSQL, because
// every projection reads there. Without Elasticsearch the ledger goes on, and without Redis the projections
// poll.
import type { Client } from '@elastic/elasticsearch';
import type { Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { assertServerFit } from '../src/eventStore/serverFacts.ts';
import { createReadiness, type Readiness } from '../src/telemetry/readiness.ts';

interface ReadinessDeps {
  readonly worker: Pick<Worker, 'getState'>;
  readonly isDraining: () => boolean;
  readonly pool: Pool;
  readonly elasticsearch: Client;
}

const requestTimeoutMs = 1_000;

export function createWorkerReadiness({
  worker,
  isDraining,
  pool,
  elasticsearch,
}: ReadinessDeps): () => Promise<Readiness> {
  const processState = () => {
    const state = worker.getState();
    if (state !== 'RUNNING') return `is ${state.toLowerCase()}`;
    return isDraining() ? 'is draining' : 'ok';
  };
  return createReadiness(processState, {
    postgres: { needed: true, ask: () => assertServerFit(pool, 'projections') },
    elasticsearch: {
      needed: false,
      ask: () => elasticsearch.cluster.health({}, { requestTimeout: requestTimeoutMs, maxRetries: 0 }),
    },
  });
}
