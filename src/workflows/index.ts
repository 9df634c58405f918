// Every workflow type of this service. A function's name is the name of its type, and operators type it.
export { archiveLog } from './archiveLog.ts';
export { compareReadModelSlice } from './compareReadModelSlice.ts';
export { drainLedger, drainProjection, drainReadModel } from './drain.ts';
export { expireHolds } from './expireHolds.ts';
export { fillReadModelSlice } from './fillReadModelSlice.ts';
export { keepSegments } from './keepSegments.ts';
export { pruneOutbox } from './pruneOutbox.ts';
export { rebuildAllReadModels } from './rebuildAllReadModels.ts';
export { rebuildLedger } from './rebuildLedger.ts';
export { rebuildWalletReadModel } from './rebuildWalletReadModel.ts';
export { releaseSegment } from './releaseSegment.ts';
export { restoreSegment } from './restoreSegment.ts';
export { retryStaleEvents } from './retryStaleEvents.ts';
export { verifyArchive } from './verifyArchive.ts';
export { verifyProjections } from './verifyProjections.ts';
export { webhookRetry } from './webhookRetry.ts';
/** The SDK runs it for every other type. */
export { unknownWorkflow as default } from './unknownWorkflow.ts';
