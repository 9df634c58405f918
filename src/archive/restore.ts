// Brings an archived segment back into log and ledger, from its tables within the grace, or from its file
// after it. The database attaches it only if its events have the checksum that was sealed. The ledger is
// filled from these events.
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import { restorePart } from '../projections/ledger/segments/restorePart.ts';
import {
  type ArchivedSegment,
  beginRestore,
  fillRestore,
  finishRestore,
  releaseSegment,
} from './archivedSegments.ts';
import { checkFile, readCheckedEvents } from './archivedFile.ts';
import type { Cell, Column } from './columns.ts';
import type { EventPage } from './eventFile.ts';
import { previousOf, readSegment } from './steps.ts';
import type { ArchiveStorage } from './storage.ts';

export interface RestoreDeps {
  readonly pool: Pool;
  readonly storage: ArchiveStorage;
  /** Asked between two pages. */
  readonly stop?: AbortSignal;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** Rows of one statement. */
const rowsOfFill = 4_096;

/**
 * Returns the events that the segment has. A run after a crash begins with an empty table. A segment whose
 * events are in the log gets its postings again if the ledger lacks them.
 */
export async function restoreSegment(
  deps: RestoreDeps,
  number: number,
  advance: (events: number) => void = () => undefined,
): Promise<number> {
  const { pool, stop, failpoint } = deps;
  const segment = await readSegment(pool, number);
  if (segment.state !== 'attached') {
    await restoreEvents(deps, segment, advance);
    failpoint?.('afterSegmentRestored');
  }
  await restorePart(pool, segment, {
    onPage: () => {
      failpoint?.('afterLedgerRestorePage');
      stop?.throwIfAborted();
    },
  });
  failpoint?.('afterLedgerRestored');
  return Number(segment.to - segment.from);
}

async function restoreEvents(
  { pool, storage, stop, failpoint }: RestoreDeps,
  segment: ArchivedSegment,
  advance: (events: number) => void,
): Promise<void> {
  const number = segment.segment;
  const begun = await beginRestore(pool, number);
  if (begun === 'empty') {
    const manifest = await checkFile(storage, segment, await previousOf(pool, segment));
    for await (const page of readCheckedEvents(storage, manifest)) {
      const rows = page[0]?.length ?? 0;
      for (let row = 0; row < rows; row += rowsOfFill) {
        const end = Math.min(rows, row + rowsOfFill);
        await fillRestore(pool, number, rowsAsJson(manifest.columns, page, row, end));
        advance(end - row);
      }
      failpoint?.('afterRestorePage');
      stop?.throwIfAborted();
    }
  }
  await finishRestore(pool, number);
}

/** A restored segment may be detached and dropped again. */
export async function letGo({ pool }: RestoreDeps, number: number): Promise<boolean> {
  return releaseSegment(pool, number);
}

/** Objects of the columns. A whole number is written as it is, because JSON's readers may round it. */
function rowsAsJson(columns: readonly Column[], page: EventPage, start: number, end: number): string {
  const rows: string[] = [];
  for (let row = start; row < end; row += 1) {
    const cells = columns.flatMap(({ name }, number) => {
      const cell = page[number]?.[row] ?? null;
      return cell === null ? [] : [`${JSON.stringify(name)}:${jsonOf(cell)}`];
    });
    rows.push(`{${cells.join(',')}}`);
  }
  return `[${rows.join(',')}]`;
}

function jsonOf(cell: Exclude<Cell, null>): string {
  return typeof cell === 'string' ? JSON.stringify(cell) : String(cell);
}
