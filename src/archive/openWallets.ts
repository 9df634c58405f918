// Folds the wallets that have events in a segment, from their opening state before it, and writes their
// opening state after it. Uses the folds of rebuild and verification, so nothing can disagree with them.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { levels } from '../eventStore/levels.ts';
import { readLevel } from '../eventStore/openLevels.ts';
import { OpeningStateError, type OpeningWallet, sumEnded } from '../eventStore/openingCodec.ts';
import { readOpeningWallets, writeOpeningWallets } from '../eventStore/openingRows.ts';
import { readStreamsBetween } from '../eventStore/read/readStreams.ts';
import { createExactFold, type FoldedExactly } from '../projections/readModel/fold/foldStreams.ts';
import { addStates } from '../projections/verify/foldStates.ts';

export interface Move {
  /** The events of (above, upTo] are opened. */
  readonly above: bigint;
  readonly upTo: bigint;
  /** Events of one page. */
  readonly pageSize: number;
  readonly betweenPages: () => void;
}

/** Wallets of one write. */
const walletsPerWrite = 2_000;

export async function openWallets(pool: Pool, move: Move): Promise<void> {
  const { pageSize, betweenPages } = move;
  const fold = createExactFold();
  let open: string | undefined;
  let cursor = { walletId: '', version: 0 };
  for (;;) {
    const from = cursor;
    const steps = await inDatabaseTransaction(pool, async (client) => {
      // A range of two unknown positions looks small to the planner. It would be read and sorted each time.
      await client.query('set local enable_sort = off');
      return readStreamsBetween(client, move, from, pageSize);
    });
    const byWallet = Map.groupBy(steps, ({ walletId }) => walletId);
    const begun = [...byWallet.keys()].filter((walletId) => walletId !== open);
    const openings = await readOpeningWallets(pool, begun, move.above);
    const complete = [...byWallet].flatMap(([walletId, events]) => {
      const opening = walletId === open ? undefined : openings.get(walletId);
      return fold.take(opening === undefined ? events : [openingStep(opening, events), ...events]);
    });
    const isLast = steps.length < pageSize;
    if (isLast) complete.push(...fold.end());
    for (let at = 0; at < complete.length; at += walletsPerWrite) {
      await write(pool, move, complete.slice(at, at + walletsPerWrite));
      betweenPages();
    }
    cursor = steps.at(-1) ?? cursor;
    open = steps.at(-1)?.walletId;
    if (isLast) return;
    betweenPages();
  }
}

/** The row's key is the version, so an event at or below it would overwrite a row that is read. */
function openingStep(opening: OpeningWallet, events: readonly { readonly version: number }[]) {
  const { walletId, version } = opening;
  const [first] = events;
  if (first !== undefined && first.version <= version)
    throw new OpeningStateError(
      `wallet "${walletId}" has version ${first.version} above version ${version}, which is archived: verify the log`,
    );
  return { walletId, version, opening };
}

async function write(pool: Pool, { above, upTo }: Move, folded: readonly FoldedExactly[]): Promise<void> {
  const withState = folded.filter(({ hasState }) => hasState).map(({ walletId }) => walletId);
  const openings = await readOpeningWallets(pool, withState, above);
  const states = await addStates(pool, withState, openings, { above, upTo });
  const sumsEnded = (await readLevel(pool)) >= levels.endedSums;
  await writeOpeningWallets(
    pool,
    folded.map(({ walletId, version, events, wallet, faults }) => {
      const state = states.get(walletId);
      return {
        ...{ walletId, version, position: upTo, events, wallet, faults },
        state: sumsEnded ? state && sumEnded(state) : state,
      };
    }),
  );
}
