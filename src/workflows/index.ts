// Every workflow type of this service. The functions' names are the types' names: operators type them.
export { drainLedger } from './drainLedger.ts';
export { drainReadModel } from './drainReadModel.ts';
export { pruneOutbox } from './pruneOutbox.ts';
export { rebuildLedger } from './rebuildLedger.ts';
export { retryStaleEvents } from './retryStaleEvents.ts';
