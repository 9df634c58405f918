// The activity of the schedule `keep-segments`. It converts the log of an older installation once that may
// be, makes segments ahead of the head, and analyses the tables that got new ones.
import type { Pool } from 'pg';
import { convertLog } from '../eventStore/convertLog.ts';
import { convertLedger } from '../projections/ledger/segments/convertLedger.ts';
import { keepLedgerSegments, keepSegments, readSegmentNeed } from '../eventStore/segments.ts';
import { analyzeTables } from '../eventStore/statistics.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { withHeartbeats } from './heartbeats.ts';

export interface SegmentActivityDeps {
  readonly pool: Pool;
  readonly segmentWidthMin: number;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** Counts only, because Temporal's history stores results. */
export interface KeptSegments {
  readonly made: number;
  readonly converted: boolean;
}

export function createSegmentActivities({ pool, segmentWidthMin, failpoint }: SegmentActivityDeps) {
  return {
    keepSegments: (): Promise<KeptSegments> =>
      withHeartbeats({ details: () => undefined }, async () => {
        const need = await readSegmentNeed(pool, segmentWidthMin);
        const converted = await convertLog(pool, need, (step) => {
          failpoint?.(step === 'begun' ? 'afterLogBounds' : 'afterLogBoundsChecked');
        });
        if (converted) failpoint?.('afterLogConverted');
        const made = await keepSegments(pool, need);
        failpoint?.('afterSegmentsMade');
        // Fails in words if the ledger can't have its parts. The log has its segments by now.
        await keepLedgerSegments(pool);
        const ledgerConverted = await convertLedger(pool, (step) => {
          failpoint?.(step === 'begun' ? 'afterLedgerBounds' : 'afterLedgerBoundsChecked');
        });
        if (ledgerConverted) failpoint?.('afterLedgerConverted');
        // Autovacuum analyses the segments and never the tables above them.
        if (made > 0 || converted) await analyzeTables(pool, ['events', 'outbox_rows']);
        if (made > 0 || ledgerConverted) await analyzeTables(pool, ['ledger_postings']);
        return { made, converted };
      }),
  };
}
