// Recordings of the workflows of the archive.
import type { Recording } from './recording.ts';

const archived = { segment: 3, events: 1_048_576, step: 'dropped' } as const;

export const archiveRecordings: readonly Recording[] = [
  {
    name: 'archiveLog',
    type: 'archiveLog',
    activities: {
      listArchiveWork: () =>
        Promise.resolve([
          { segment: 3, events: 1_048_576, step: 'detached' },
          { segment: 4, events: 1_048_576, step: 'exported' },
          { segment: 5, events: 1_048_576, step: null },
        ]),
      takeArchiveStep: ({ segment }) =>
        Promise.resolve(segment === 4 ? 'done' : segment === 3 ? 'kept' : 'young'),
    },
  },
  {
    name: 'restoreSegment',
    type: 'restoreSegment',
    args: [{ segment: 3 }],
    activities: {
      listArchivedSegments: () => Promise.resolve([archived]),
      restoreArchivedSegment: () => Promise.resolve(archived.events),
    },
  },
  {
    name: 'releaseSegment',
    type: 'releaseSegment',
    args: [{ segment: 3 }],
    activities: {
      listArchivedSegments: () => Promise.resolve([archived]),
      verifyArchivedSegment: () => Promise.resolve(),
      releaseArchivedSegment: () => Promise.resolve(true),
      takeArchiveStep: () => Promise.resolve('done'),
    },
  },
  {
    name: 'verifyArchive',
    type: 'verifyArchive',
    activities: {
      listArchivedSegments: () => Promise.resolve([archived, { ...archived, segment: 4 }]),
      verifyArchivedSegment: () => Promise.resolve(),
    },
  },
];
