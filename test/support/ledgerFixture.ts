// A ledger in narrow segments whose parts leave with the archive of the log, and what tests ask of it.
import { restoreSegment } from '../../src/archive/restore.ts';
import { levelMax } from '../../src/eventStore/levels.ts';
import { readHead } from '../../src/eventStore/logHead.ts';
import { currentLedger } from '../../src/projections/ledger/forms/ledgerTables.ts';
import type { ComparedRow } from '../../src/projections/ledger/forms/ledgerForm.ts';
import { compareSums } from '../../src/projections/ledger/sums/ledgerSums.ts';
import { checkHead } from '../../src/projections/verify/checkLog.ts';
import { compareLog } from '../../src/projections/verify/compareLog.ts';
import type { Taken } from '../../src/archive/steps.ts';
import { createTestApi, get, post, type TestApi, testConfig } from './api.ts';
import {
  type ArchiveFixture,
  archiveThrough,
  bookOldEvents,
  createArchiveFixture,
  narrow,
} from './archiveFixture.ts';
import { changeLog } from './changeLog.ts';
import { actEveryEvent } from './everyEvent.ts';

/** Entries of a wallet, page by page, and how the last page ended: `whole`, or the status and code. */
interface EntriesRead {
  readonly entries: readonly unknown[];
  readonly end: string;
}

export interface LedgerFixture {
  readonly fixture: ArchiveFixture;
  readonly api: TestApi;
  /** Events of every type in five full segments, and then credits of one wallet. All are old and booked. */
  readonly fill: () => Promise<void>;
  readonly credit: () => Promise<void>;
  readonly archive: (segment: number, graceDays?: number) => Promise<Taken>;
  readonly restore: (segment: number) => Promise<number>;
  readonly postings: () => Promise<readonly ComparedRow[]>;
  /** Everything that a verification of the ledger compares. */
  readonly differences: () => Promise<readonly unknown[]>;
  readonly beginsAfter: () => Promise<bigint>;
  /** The parts of the ledger, and its tables beside it. */
  readonly tables: () => Promise<{ readonly live: readonly string[]; readonly beside: readonly string[] }>;
  readonly entriesOf: (walletId: string, order: 'asc' | 'desc', period?: string) => Promise<EntriesRead>;
  readonly close: () => Promise<void>;
}

/** The last position of a segment. */
export const endOf = (segment: number) => BigInt(segment * narrow);

export async function createLedgerFixture(): Promise<LedgerFixture> {
  const fixture = await createArchiveFixture();
  const api = createTestApi(testConfig(fixture.databaseUrl));
  const { pool, owner } = fixture;
  const credit = async () => {
    const answer = await post(api, '/wallets/a/credit', { amount: '1.00' });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  };
  return {
    ...{ fixture, api, credit },
    fill: async () => {
      await changeLog(owner, `update log_head set level = ${levelMax}`);
      await actEveryEvent(api);
      for (let nth = 0; nth < 3 * narrow; nth += 1) await credit();
      await bookOldEvents(fixture);
    },
    archive: (segment, graceDays) => archiveThrough(fixture.deps, segment, graceDays),
    restore: (segment) => restoreSegment(fixture.deps, segment),
    postings: async () => (await currentLedger(pool)).readRange(pool, 0n, await readHead(pool)),
    differences: async () => {
      const asked = { after: 0n, upTo: await readHead(pool), limit: 1_000, repair: false };
      return [
        ...(await compareLog(pool, asked)).differences,
        ...(await checkHead(pool)),
        ...(await compareSums(pool, { correct: false })),
      ];
    },
    beginsAfter: async () => {
      const { rows } = await pool.query<{ at: string }>('select begins_after as at from ledger_form');
      return BigInt(rows[0]?.at ?? -1);
    },
    tables: async () => {
      const { rows } = await owner.query<{ name: string; is_live: boolean }>(
        `select relname as name, relispartition as is_live
           from pg_class
          where relkind = 'r' and relname ~ '^ledger_(postings|restore)_.*s\\d+$'
          order by length(relname), relname`,
      );
      const named = (live: boolean) => rows.filter((one) => one.is_live === live).map(({ name }) => name);
      return { live: named(true), beside: named(false) };
    },
    entriesOf: (walletId, order, period = '') =>
      readEntries(api, `/wallets/${walletId}/ledger?limit=3&order=${order}${period}`),
    close: async () => {
      await api.close();
      await fixture.close();
    },
  };
}

async function readEntries(api: TestApi, path: string): Promise<EntriesRead> {
  const entries: unknown[] = [];
  let cursor: string | null = '';
  for (let page = 0; page < 50 && cursor !== null; page += 1) {
    const { status, body } = await get(api, cursor === '' ? path : `${path}&cursor=${cursor}`);
    if (status !== 200) return { entries, end: `${status} ${String(body.code)}` };
    entries.push(...(body.entries as unknown[]));
    cursor = body.nextCursor as string | null;
  }
  return { entries, end: 'whole' };
}
