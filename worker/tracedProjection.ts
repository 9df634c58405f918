// Shows a projection's work in the traces of the requests that its events came from. Without traces the
// projection is left as it is, because the traceparents cost one query per batch.
import type { Pool } from 'pg';
import type { StoredEvent } from '../src/domain/events.ts';
import { readTraceparents } from '../src/eventStore/read/readTraceparents.ts';
import type { Projection } from '../src/projections/projection.ts';
import type { Traces } from '../src/telemetry/traces.ts';

/** Traces of one batch that show its projection. */
const traceparentsMax = 100;

export function tracedProjection(projection: Projection, pool: Pool, traces: Traces | undefined): Projection {
  if (traces === undefined) return projection;
  const traced = async <T>(events: readonly StoredEvent[], work: () => Promise<T>): Promise<T> => {
    const positions = events.map(({ position }) => position);
    const traceparents = await readTraceparents(pool, positions, traceparentsMax);
    return traces.projection(projection.name, traceparents, work);
  };
  if (projection.writes === 'with-checkpoint') {
    return {
      ...projection,
      map: (events) => {
        const write = projection.map(events);
        return (client) => traced(events, () => write(client));
      },
    };
  }
  return {
    ...projection,
    project: (events: readonly StoredEvent[]) => traced(events, () => projection.project(events)),
  };
}
