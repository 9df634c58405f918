// Repairs one wallet from its event stream alone: the row on the write side and the document in every target.
// Runs for an operator and in a verification that repairs, while commands and the live drain go on. Returns
// the fields that differed.
import type { ReadModelDeps } from '../readModel/elasticsearch.ts';
import { prepareWalletsIndex, walletsAlias } from '../readModel/readModelIndex.ts';
import { readTargets } from '../readModel/targets.ts';
import { repairDocument } from './repairDocument.ts';
import { repairRow } from './repairRow.ts';

export interface RepairedWallet {
  readonly version: number;
  readonly events: number;
  /** Fields that were wrong, or `missing`, or `extra`. */
  readonly row: readonly string[];
  readonly document: readonly string[];
}

/** Compares and repairs the row and the documents of one wallet. */
export async function repairWallet(deps: ReadModelDeps, walletId: string): Promise<RepairedWallet> {
  const { row, wallet, events } = await repairRow(deps.pool, walletId);
  await prepareWalletsIndex(deps);
  const targets = await readTargets(deps.pool);
  for (const [at, alias] of targets.entries())
    await repairDocument(deps, alias, walletId, targets.slice(0, at));
  const document = await repairDocument(deps, walletsAlias(deps.indexPrefix), walletId, targets);
  return { version: wallet?.version ?? 0, events, row, document };
}
