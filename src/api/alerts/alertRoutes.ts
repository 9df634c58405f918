// The operations on alert rules. The read answers from the event store, so a change is seen at once.
import { bareId } from '../../domain/tenant.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { App } from '../context.ts';
import { walletNotFound } from '../http/problems.ts';
import { readCommandBody, readWalletId } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { addOperation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from '../wallets/answerCommand.ts';
import { toAlertRulesAnswer } from './alertAnswer.ts';
import { changeAlerts, getAlerts } from './alertOperations.ts';

export function addAlertRoutes(app: App, deps: CommandDeps & { readonly reads: TenantReads }): void {
  addOperation(app, changeAlerts, async (c) => {
    const request = await readCommandBody(c, changeAlerts.body);
    const command = { type: 'ChangeAlerts', ...addressed(c), alerts: request.body.alerts } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, getAlerts, async (c) => {
    const walletId = readWalletId(c);
    const wallet = await readWallet(deps.reads(callerTenant(c)), walletId);
    if (wallet === undefined) throw walletNotFound(walletId);
    const { currency, terms } = wallet;
    return respondRead(c, {
      ...{ walletId: bareId(walletId), currency },
      alerts: toAlertRulesAnswer(terms.alertRules, currency),
    });
  });
}
