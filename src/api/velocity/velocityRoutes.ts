// The operations on velocity rules. The read answers from the event store, because a limit must show what was
// just used.
import type { GivenVelocityRule } from '../../domain/commands.ts';
import { bareId } from '../../domain/tenant.ts';
import { readVelocity } from '../../eventStore/read/readVelocity.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { App } from '../context.ts';
import { walletNotFound } from '../http/problems.ts';
import { readCommandBody, readWalletId } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import type { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from '../wallets/answerCommand.ts';
import { toUsesAnswer } from './velocityAnswer.ts';
import { changeVelocity, getVelocity } from './velocityOperations.ts';

export function addVelocityRoutes(app: App, deps: CommandDeps & { readonly reads: TenantReads }): void {
  addOperation(app, changeVelocity, async (c) => {
    const request = await readCommandBody(c, changeVelocity.body);
    const command = { type: 'ChangeVelocity', ...addressed(c), rules: rulesOf(request.body) } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, getVelocity, async (c) => {
    const walletId = readWalletId(c);
    const found = await readVelocity(deps.reads(callerTenant(c)), walletId);
    if (found === undefined) throw walletNotFound(walletId);
    const { currency, uses } = found;
    return respondRead(c, { walletId: bareId(walletId), currency, rules: toUsesAnswer(uses, currency) });
  });
}

/** The rules of a request, as the command has them. */
export function rulesOf({ rules }: z.output<typeof changeVelocity.body>): readonly GivenVelocityRule[] {
  return rules.map(({ maxAmount = null, maxCount = null, ...rule }) => ({ ...rule, maxAmount, maxCount }));
}
