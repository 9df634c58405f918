// Every workflow type of this service. The functions' names are the types' names: operators type them.
export { compareReadModelSlice } from './compareReadModelSlice.ts';
export { drainLedger } from './drainLedger.ts';
export { drainReadModel } from './drainReadModel.ts';
export { fillReadModelSlice } from './fillReadModelSlice.ts';
export { pruneOutbox } from './pruneOutbox.ts';
export { rebuildAllReadModels } from './rebuildAllReadModels.ts';
export { rebuildLedger } from './rebuildLedger.ts';
export { rebuildWalletReadModel } from './rebuildWalletReadModel.ts';
export { retryStaleEvents } from './retryStaleEvents.ts';
export { verifyProjections } from './verifyProjections.ts';
