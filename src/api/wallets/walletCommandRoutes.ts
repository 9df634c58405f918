// Routes that create, credit, debit and transfer. Each makes one command of a request, hands it to the
// command path and answers with the result. The domain decides, never these routes.
import { type App, type AppContext, type AppMiddleware, idsOf } from '../context.ts';
import type { UnavailableReason } from '../../commands/submission.ts';
import type { Command } from '../../domain/commands.ts';
import { assertMay } from '../http/authentication.ts';
import { problemAnswer } from '../http/problems.ts';
import { readCommandBody } from '../http/request.ts';
import { respond } from '../http/respond.ts';
import { scoped, scopedOrNone } from '../http/tenantIds.ts';
import { addOperation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from './answerCommand.ts';
import { createWallet, creditWallet, debitWallet, transferFunds } from './walletCommandOperations.ts';

export function addWalletCommandRoutes(app: App, deps: CommandDeps): void {
  // It runs before the body is read. Under overload most answers are of this kind, so they must be cheap.
  const refusal = (c: AppContext, code: UnavailableReason): Response => {
    deps.onUnavailable(code, idsOf(c));
    const detail = 'Nothing was done for this request. Under an Idempotency-Key it is safe to send again.';
    return respond(problemAnswer({ code, detail }, c.get('requestId')), c);
  };
  const admission: AppMiddleware = function admission(c, next) {
    const reason = deps.refuses();
    return reason === undefined ? next() : Promise.resolve(refusal(c, reason));
  };
  app.on(['POST', 'PUT', 'PATCH'], ['/wallets', '/wallets/*'], admission);

  addOperation(app, createWallet, async (c) => {
    const request = await readCommandBody(c, createWallet.body);
    const { walletId, currency, initialBalance } = request.body;
    // Any digit but 0 is money, and a key that may only create wallets must make none.
    if (/[1-9]/.test(initialBalance)) assertMay(c, 'money:credit');
    const given = scopedOrNone(c, walletId);
    const command: Command = {
      type: 'CreateWallet',
      walletId: given ?? scoped(c, deps.newId()),
      ownerId: scoped(c, request.body.ownerId),
      ...{ currency, initialBalance },
    };
    return answerCommand(c, deps, command, hashesOf(command, given, request));
  });

  addOperation(app, creditWallet, async (c) => {
    const request = await readCommandBody(c, creditWallet.body);
    const command: Command = { type: 'CreditWallet', ...addressed(c), ...request.body };
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, debitWallet, async (c) => {
    const request = await readCommandBody(c, debitWallet.body);
    const command: Command = { type: 'DebitWallet', ...addressed(c), ...request.body };
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, transferFunds, async (c) => {
    const request = await readCommandBody(c, transferFunds.body);
    const command: Command = {
      type: 'TransferFunds',
      ...addressed(c),
      ...request.body,
      toWalletId: scoped(c, request.body.toWalletId),
      transferId: deps.newId(),
    };
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });
}
