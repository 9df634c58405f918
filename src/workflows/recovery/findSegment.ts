// Reads which archived segment an operator means.
import { ApplicationFailure } from '@temporalio/workflow';
import type { ArchiveWork } from '../../activities/activities.ts';
import { activitiesFor } from '../activitiesFor.ts';
import { readArgument } from './recoveryArgument.ts';

export async function findSegment(
  kind: 'restoreSegment' | 'releaseSegment',
  argument: unknown,
): Promise<ArchiveWork> {
  const { segment } = readArgument(kind, argument);
  if (segment === null)
    throw ApplicationFailure.nonRetryable('segment is missing: which segment?', 'WrongArgument');
  const activities = activitiesFor('upkeep', 'look for the segment');
  const [found] = await activities.listArchivedSegments({ segment });
  if (found === undefined)
    throw ApplicationFailure.nonRetryable(`segment ${segment} is not in the archive`, 'NoSegment');
  return found;
}
