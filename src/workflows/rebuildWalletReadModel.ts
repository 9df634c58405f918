// Folds the stream of one wallet. The wallet's row and its document are corrected if they differ. An
// operator starts it, and its result names the fields that differed.
import type { RepairedWallet } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import { runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export async function rebuildWalletReadModel(
  argument?: Partial<RecoveryArguments['rebuildWalletReadModel']> | null,
): Promise<RepairedWallet> {
  return runRecovery({ projection: 'read-model', summaryOf }, async (recovery) => {
    const { walletId } = readArgument('rebuildWalletReadModel', argument);
    recovery.begin('folding and comparing', 1, 'wallets');
    await recovery.whileNotPaused();
    const repaired = await activitiesFor('readModel', `wallet ${walletId}`).mendWallet({ walletId });
    recovery.advance(1, repaired.row.length + repaired.document.length);
    return repaired;
  });
}

function summaryOf({ version, events, row, document }: RepairedWallet): string {
  const sentence = (name: string, fields: readonly string[]) =>
    fields.length === 0
      ? `The ${name} was right.`
      : `The ${name} differed in ${fields.join(', ')} and was corrected.`;
  return [
    `Folded ${events} events to version ${version}.`,
    sentence('wallet row', row),
    sentence('document', document),
  ].join(' ');
}
