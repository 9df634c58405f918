// The failpoints that a run of each workflow passes, in their order. A test and the benchmark of a year kill
// a worker at each of them.
import type { FailpointName } from '../src/failpoints.ts';

export const upkeepFailpoints = {
  archiveLog: [
    ...(['afterSegmentSealed', 'afterArchiveFileWritten', 'afterManifestWritten'] as const),
    ...(['afterSegmentExported', 'afterSegmentVerified', 'afterOpeningStateMoved'] as const),
    ...(['afterSegmentDetached', 'afterSegmentDropped'] as const),
  ],
  restoreSegment: [
    ...(['afterRestorePage', 'afterSegmentRestored'] as const),
    ...(['afterLedgerRestorePage', 'afterLedgerRestored'] as const),
  ],
  keepSegments: ['afterSegmentsMade'],
  pruneOutbox: ['afterGenerationMade', 'afterGenerationSwitched', 'afterGenerationDropped'],
} as const satisfies Readonly<Record<string, readonly FailpointName[]>>;
