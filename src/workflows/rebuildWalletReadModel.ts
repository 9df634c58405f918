// Started by an operator: folds one wallet's stream, corrects its row on the write side and its document where they
// differ, and says what did.
import type { MendedWallet } from '../activities/activities.ts';
import { runRecovery } from './recovery/runRecovery.ts';
import { recoveryActivities } from './recovery/recoveryActivities.ts';
import { readArgument, wrongArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export async function rebuildWalletReadModel(
  argument?: Partial<RecoveryArguments['rebuildWalletReadModel']> | null,
): Promise<MendedWallet> {
  return runRecovery({ projection: 'read-model', inWords }, async (recovery) => {
    const { walletId } = readArgument('rebuildWalletReadModel', argument);
    if (walletId === undefined) throw wrongArgument('walletId is missing: which wallet?');
    recovery.begin('folding and comparing', 1, 'wallets');
    await recovery.whileNotPaused();
    const mended = await recoveryActivities(`wallet ${walletId}`).mendWallet({ walletId });
    recovery.advance(1, mended.row.length + mended.document.length);
    return mended;
  });
}

function inWords({ version, events, row, document }: MendedWallet): string {
  const told = (name: string, fields: readonly string[]) =>
    fields.length === 0
      ? `The ${name} was right.`
      : `The ${name} differed in ${fields.join(', ')} and was corrected.`;
  return [
    `Folded ${events} events to version ${version}.`,
    told('wallet row', row),
    told('document', document),
  ].join(' ');
}
