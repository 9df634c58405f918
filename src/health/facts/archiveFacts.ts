// Reads whether the archive goes on: the segment that waits for its next step, and since when.
import type { ClientBase } from 'pg';
import { archiveReasons } from '../../workflows/recovery/archiveReasons.ts';
import { type ArchiveSettings, readArchiveStatus } from '../../archive/archiveStatus.ts';

export interface ArchiveFacts {
  /** The segment that waits; null if none does. */
  readonly segment: number | null;
  /** Its last step. Null before it is sealed. */
  readonly step: string | null;
  /** Why it waits, in words. Null if its next step may be taken. */
  readonly waitsFor: string | null;
  /** Seconds since its next step could have been taken. */
  readonly waitsS: number;
  /** Why its last step failed. */
  readonly problem: string | null;
}

const nothingWaits: ArchiveFacts = { segment: null, step: null, waitsFor: null, waitsS: 0, problem: null };

export async function readArchiveFacts(
  session: Pick<ClientBase, 'query'>,
  settings: ArchiveSettings,
): Promise<ArchiveFacts> {
  const { segments, next } = await readArchiveStatus(session, settings);
  const failed = segments.find(({ problem }) => problem !== null);
  if (next === null && failed === undefined) return nothingWaits;
  const segment = failed ?? next?.segment;
  const isNext = next !== null && segment === next.segment;
  const since = isNext ? next.since : null;
  const waitsFor = isNext ? next.waitsFor : null;
  return {
    segment: segment?.segment ?? null,
    step: segment?.step ?? null,
    waitsFor: waitsFor === null ? null : archiveReasons[waitsFor],
    waitsS: since === null ? 0 : Math.max(0, (Date.now() - since.getTime()) / 1_000),
    problem: segment?.problem ?? null,
  };
}
