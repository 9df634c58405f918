// The parts whose outages the API logs, with what each outage means for callers.
import { createOutage, type Outage } from '../src/telemetry/outageLines.ts';
import type { Log } from '../src/telemetry/log.ts';

export type Outages = Readonly<Record<'postgres' | 'redis' | 'elasticsearch' | 'temporal', Outage>>;

export function createOutages(log: Log): Outages {
  return {
    postgres: createOutage(log, {
      begins: 'PostgreSQL fails: operations get 503 until it commits again',
      ends: 'PostgreSQL commits again',
    }),
    redis: createOutage(log, {
      begins: 'Redis fails: operations go on without the wallet lock',
      ends: 'Redis works again',
    }),
    elasticsearch: createOutage(log, {
      begins: 'the read model does not answer: reads come from the event store',
      ends: 'the read model answers again',
    }),
    temporal: createOutage(log, {
      begins: 'Temporal does not answer: projections and recoveries can not be steered',
      ends: 'Temporal answers again',
    }),
  };
}
