// Compares two rebuilds after the year. One begins at the opening state. The other one reads every event,
// after all segments came back from the archive. Both must give the read model, the ledger and the trial
// balance that the year left. The archived postings must be those that the restores made.
import { createHash } from 'node:crypto';
import { readHead } from '../../src/eventStore/logHead.ts';
import { readArchivedThrough } from '../../src/eventStore/openingRows.ts';
import { currentLedger } from '../../src/projections/ledger/forms/ledgerTables.ts';
import { readTrialBalance } from '../../src/projections/ledger/ledgerQueries.ts';
import type { RebuildResult } from '../../src/workflows/rebuildAllReadModels.ts';
import type { VerifyResult } from '../../src/workflows/verifyProjections.ts';
import type { Scene } from '../projections/scene.ts';
import type { Workers } from './workers.ts';

/** Positions that are read at once. */
const positionsOfPage = 20_000;

export interface Year {
  readonly scene: Scene;
  readonly workers: Workers;
  readonly say: (line: string) => void;
}

interface Projected {
  /** Of the documents, as the rebuild compared them with the log. */
  readonly readModel: string;
  /** Of the ledger's rows up to the archived position, and after it. */
  readonly ledgerArchived: string;
  readonly ledgerAfter: string;
  readonly trialBalance: string;
  readonly differences: number;
}

export interface Comparison {
  readonly archivedThrough: number;
  readonly restoredSegments: number;
  readonly atTheEnd: Omit<Projected, 'readModel'>;
  readonly fromOpeningState: Projected;
  /** After all segments came back, before a rebuild. */
  readonly restored: Omit<Projected, 'readModel'>;
  readonly fromArchive: Projected;
  readonly seconds: {
    readonly fromOpeningState: number;
    readonly restore: number;
    readonly fromArchive: number;
  };
  readonly failures: readonly string[];
}

export async function compareRebuilds(year: Year): Promise<Comparison> {
  const { scene, workers, say } = year;
  const { pool } = scene;
  const archivedThrough = await readArchivedThrough(pool);
  const atTheEnd = await readLedger(year, archivedThrough);
  say('rebuilding from the opening state');
  const [fromOpeningState, openingS] = await timed(() => rebuild(year, archivedThrough, false));
  say('bringing every archived segment back');
  const { rows } = await pool.query<{ segment: number }>(
    `select segment from log_segments where state <> 'attached' order by segment`,
  );
  const [, restoreS] = await timed(async () => {
    for (const { segment } of rows) await workers.runKilled('restoreSegment', 'restore-segment', { segment });
  });
  const restored = await readLedger(year, archivedThrough);
  say('rebuilding from the archive');
  const [fromArchive, archiveS] = await timed(() => rebuild(year, archivedThrough, true));
  const compared = {
    archivedThrough: Number(archivedThrough),
    restoredSegments: rows.length,
    ...{ atTheEnd, fromOpeningState, restored, fromArchive },
    seconds: { fromOpeningState: openingS, restore: restoreS, fromArchive: archiveS },
  };
  return { ...compared, failures: failuresOf(compared) };
}

function failuresOf({
  atTheEnd,
  fromOpeningState,
  restored,
  fromArchive,
}: Omit<Comparison, 'failures'>): readonly string[] {
  const differ = (what: string, one: string, other: string) =>
    one === other ? [] : [`${what}: ${one} instead of ${other}`];
  const { readModel, ledgerAfter, trialBalance } = fromOpeningState;
  return [
    ...differ('read model from the archive', fromArchive.readModel, readModel),
    ...differ('ledger from the opening state', ledgerAfter, atTheEnd.ledgerAfter),
    ...differ('ledger from the archive', fromArchive.ledgerAfter, atTheEnd.ledgerAfter),
    ...differ('restored ledger', restored.ledgerAfter, atTheEnd.ledgerAfter),
    ...differ('archived ledger from the archive', fromArchive.ledgerArchived, restored.ledgerArchived),
    ...differ('trial balance from the opening state', trialBalance, atTheEnd.trialBalance),
    ...differ('trial balance after the restores', restored.trialBalance, atTheEnd.trialBalance),
    ...differ('trial balance from the archive', fromArchive.trialBalance, atTheEnd.trialBalance),
    ...[atTheEnd, fromOpeningState, restored, fromArchive]
      .filter(({ differences }) => differences > 0)
      .map(({ differences }) => `a verification found ${differences} differences`),
  ];
}

async function rebuild(year: Year, archivedThrough: bigint, fromStart: boolean): Promise<Projected> {
  const { run } = year.workers;
  const documents = await run<RebuildResult>('rebuildAllReadModels', 'rebuild-read-model', {
    ...{ graceS: 0, fromStart },
  });
  await run('rebuildLedger', 'rebuild-ledger', { fromStart });
  return { readModel: documents.checksum, ...(await readLedger(year, archivedThrough)) };
}

async function readLedger(
  { scene: { pool }, workers: { run } }: Year,
  archivedThrough: bigint,
): Promise<Omit<Projected, 'readModel'>> {
  const ledger = await currentLedger(pool);
  const sumOf = async (above: bigint, through: bigint) => {
    const hash = createHash('sha256');
    for (let after = above; after < through; after += BigInt(positionsOfPage)) {
      const end = after + BigInt(positionsOfPage);
      hash.update(textOf(await ledger.readRange(pool, after, end < through ? end : through)));
    }
    return hash.digest('hex');
  };
  const verified = await run<VerifyResult>('verifyProjections', 'verify-projections', {});
  return {
    ledgerArchived: await sumOf(0n, archivedThrough),
    ledgerAfter: await sumOf(archivedThrough, await readHead(pool)),
    trialBalance: textOf((await readTrialBalance(pool)).sums),
    differences: verified.differencesCount,
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const startedAt = performance.now();
  const result = await work();
  return [result, (performance.now() - startedAt) / 1e3];
}
