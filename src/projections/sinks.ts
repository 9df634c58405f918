// The sink of each projection of the registry. A name of the registry without a sink does not compile.
import { ledgerProjection } from './ledger/ledgerSink.ts';
import type { Projection } from './projection.ts';
import type { ReadModelDeps } from './readModel/elasticsearch.ts';
import { createReadModelProjection } from './readModel/readModelSink.ts';
import type { ProjectionName } from './registry.ts';

export type Sinks = Readonly<Record<ProjectionName, Projection>>;

export function createSinks(deps: ReadModelDeps): Sinks {
  return { 'read-model': createReadModelProjection(deps), ledger: ledgerProjection };
}
