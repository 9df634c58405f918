// Writes sign-ins and sign-outs into the audit log, and counts the failed ones by their address. The routes
// of the sign-in call it, because no operation declares them.
//
// Invariant: a session begins or ends only after its row is in the log.
import type { Logger } from 'pino';
import type { AuditedRequest } from '../../audit/auditLog.ts';
import type { SignInError, SignInProblemCode } from '../../access/signIn/signInProblem.ts';
import { defaultTenant } from '../../domain/tenant.ts';
import type { AuditDeps } from '../audit/auditActions.ts';
import type { AppContext } from '../context.ts';
import { countFailure, type RateDeps } from '../http/rateLimits.ts';

export interface WatchDeps extends AuditDeps, Pick<RateDeps, 'rates'> {
  readonly log: Logger;
}

export type SignInAction = 'signIn' | 'signOut';

export interface WatchedAction {
  readonly actor: string;
  readonly action: SignInAction;
  /** Such as the roles that were given. */
  readonly target: string;
}

/** Those by which somebody may guess. A person without a role has proved who they are. */
const guesses: readonly SignInProblemCode[] = ['key-refused', 'not-fresh', 'not-trusted', 'provider-refused'];

export function watchSignIns({ audit, refusals, addressOf, rates, log }: WatchDeps) {
  const requestOf = (c: AppContext, action: SignInAction, actor: string | undefined): AuditedRequest => ({
    actor,
    tenant: actor === undefined ? undefined : defaultTenant,
    address: addressOf(c),
    operation: action,
    target: '',
    reason: undefined,
    requestId: c.get('requestId'),
  });
  return {
    /** Writes the row, does the work, and writes its outcome. */
    acted: async (c: AppContext, { actor, action, target }: WatchedAction, work: () => Promise<Response>) => {
      const request = { ...requestOf(c, action, actor), target };
      const auditId = await audit.begin(request);
      const answer = await work();
      try {
        await audit.end(auditId, { status: answer.status, code: undefined });
      } catch (error) {
        // The row stands without an outcome, as after a crash.
        log.error({ err: error, auditId, ...request }, 'the outcome of a sign-in could not be audited');
      }
      return answer;
    },
    refused: (c: AppContext, action: SignInAction, { code, message, actor }: SignInError, status: number) => {
      log.info({ requestId: c.get('requestId'), code, reason: message }, 'a sign-in was refused');
      refusals.add(requestOf(c, action, actor), { status, code: code.toUpperCase().replaceAll('-', '_') });
      if (rates !== undefined && guesses.includes(code)) countFailure(c, rates, addressOf);
    },
  };
}

export type SignInWatch = ReturnType<typeof watchSignIns>;
