// The operations on a wallet itself. Each makes one command of a request and hands it to the command path.
import type { App } from '../context.ts';
import { readCommandBody } from '../http/request.ts';
import { scopedOrNone } from '../http/tenantIds.ts';
import { addOperation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from './answerCommand.ts';
import {
  changeDetails,
  changeLimits,
  closeWallet,
  freezeWallet,
  unfreezeWallet,
} from './lifecycleOperations.ts';

export function addLifecycleRoutes(app: App, deps: CommandDeps): void {
  addOperation(app, freezeWallet, async (c) => {
    const request = await readCommandBody(c, freezeWallet.body);
    const { until } = request.body;
    const command = { type: 'FreezeWallet', ...addressed(c), ...request.body, until } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, unfreezeWallet, async (c) => {
    const request = await readCommandBody(c, unfreezeWallet.body);
    const command = { type: 'UnfreezeWallet', ...addressed(c), ...request.body } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, closeWallet, async (c) => {
    const request = await readCommandBody(c, closeWallet.body);
    const { reason, sweepToWalletId } = request.body;
    const command = {
      type: 'CloseWallet',
      ...addressed(c),
      ...{ reason, sweepToWalletId: scopedOrNone(c, sweepToWalletId), transferId: deps.newId() },
    } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, changeLimits, async (c) => {
    const request = await readCommandBody(c, changeLimits.body);
    const { minimumBalance, maximumBalance } = request.body;
    const command = { type: 'ChangeLimits', ...addressed(c), minimumBalance, maximumBalance } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, changeDetails, async (c) => {
    const request = await readCommandBody(c, changeDetails.body);
    const { metadata, labels } = request.body;
    const command = { type: 'ChangeDetails', ...addressed(c), metadata, labels } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });
}
