// The sink of each projection of the registry. A name of the registry without a sink does not compile.
import type { SelfDrained } from './drain/drain.ts';
import { ledgerProjection } from './ledger/ledgerSink.ts';
import type { Projection } from './projection.ts';
import type { ReadModelDeps } from './readModel/elasticsearch.ts';
import { createReadModelProjection } from './readModel/readModelSink.ts';
import type { ProjectionName } from './registry.ts';

export type Sinks = Readonly<Record<Exclude<ProjectionName, 'webhooks'>, Projection>> & {
  readonly webhooks: SelfDrained;
};

/** `webhooks` comes from outside, because it needs the network and Temporal. */
export function createSinks(deps: ReadModelDeps, webhooks: SelfDrained): Sinks {
  return { 'read-model': createReadModelProjection(deps), ledger: ledgerProjection, webhooks };
}
