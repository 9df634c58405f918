// The four operations that change wallets. Each makes one command of a request, hands it to the command path
// and answers with the result. The domain decides, never these routes.
import { type App, type AppContext, type AppMiddleware, idsOf, type RequestIds } from '../context.ts';
import { commandIdOfKey } from '../../commands/commandIds.ts';
import type { Submission, SubmissionResult, UnavailableReason } from '../../commands/submission.ts';
import type { Command } from '../../domain/commands.ts';
import { isAccepted, type RequestHash } from '../../eventStore/recordRows.ts';
import type { ReachFailpoint } from '../../failpoints.ts';
import { problemAnswer, ProblemError } from '../http/problems.ts';
import {
  type CommandBody,
  readCommandBody,
  readExpectedVersions,
  readIdempotencyKey,
  readWalletId,
} from '../http/request.ts';
import { respond } from '../http/respond.ts';
import { callerTenant, scoped, scopedOrNone } from '../http/tenantIds.ts';
import { addOperation } from '../openApi/operation.ts';
import { meaningHashOf } from '../../commands/meaningHash.ts';
import type { CommandIdCover } from './commandIdCover.ts';
import type { RecentVersions } from './recentVersions.ts';
import { answerOf, versionsIn } from './walletAnswer.ts';
import { assertMay } from '../http/authentication.ts';
import { createWallet, creditWallet, debitWallet, transferFunds } from './walletCommandOperations.ts';

export interface WalletCommandDeps {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** The reason for which any command would be refused now; undefined if commands are taken. */
  readonly refuses: () => UnavailableReason | undefined;
  /** Called for every command that was not carried out now. */
  readonly onUnavailable: (
    reason: UnavailableReason,
    request: RequestIds & { readonly commandId?: string },
  ) => void;
  readonly recentVersions: RecentVersions;
  readonly commandIdCover: CommandIdCover;
  /** A new UUID. */
  readonly newId: () => string;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

export function addWalletCommandRoutes(app: App, deps: WalletCommandDeps): void {
  // It runs before the body is read. Under overload most answers are of this kind, so they must be cheap.
  const admission: AppMiddleware = async function admission(c, next) {
    const reason = deps.refuses();
    if (reason === undefined) return next();
    const requestId = c.get('requestId');
    deps.onUnavailable(reason, idsOf(c));
    const detail = 'Nothing was done for this request. Under an Idempotency-Key it is safe to send again.';
    return respond(problemAnswer({ code: reason, detail }, requestId), c);
  };
  app.post('/wallets', admission);
  app.post('/wallets/:walletId/*', admission);

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

function addressed(c: AppContext): { walletId: string; expectedVersions: readonly number[] | undefined } {
  return { walletId: readWalletId(c), expectedVersions: readExpectedVersions(c) };
}

function hashesOf(
  command: Command,
  givenWalletId: string | undefined,
  { spellingHash }: CommandBody<unknown>,
): RequestHash {
  return {
    meaning: meaningHashOf(command, givenWalletId),
    get spelling() {
      return spellingHash();
    },
  };
}

async function answerCommand(
  c: AppContext,
  deps: WalletCommandDeps,
  command: Command,
  requestHash: RequestHash,
): Promise<Response> {
  const idempotencyKey = readIdempotencyKey(c);
  const commandId =
    idempotencyKey === undefined ? deps.newId() : commandIdOfKey(idempotencyKey, callerTenant(c));
  const shownId = deps.commandIdCover.shownLater(commandId);
  const requestId = c.get('requestId');
  const result = await deps.submit({
    command,
    commandId,
    idempotencyKey,
    requestHash,
    correlationId: requestId,
    render: (outcome) => answerOf(outcome, requestId),
  });
  if (result.kind === 'unavailable') deps.onUnavailable(result.reason, { ...idsOf(c), commandId: shownId() });
  if (result.kind === 'answered' && isAccepted(result.outcome))
    for (const { id, version } of versionsIn(result.outcome)) deps.recentVersions.acknowledge(id, version);
  deps.failpoint?.('beforeAnswer');
  return toResponse(c, result, command, { commandId: shownId(), idempotencyKey, requestId });
}

interface Request {
  /** As clients are told it. */
  readonly commandId: string;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
}

function toResponse(c: AppContext, result: SubmissionResult, command: Command, request: Request): Response {
  const { commandId, requestId } = request;
  switch (result.kind) {
    case 'answered': {
      const replayed = result.replayed ? { 'idempotent-replayed': 'true' } : {};
      return respond(answerOf(result.outcome, requestId), c, {
        ...replayed,
        'command-id': commandId,
      });
    }
    case 'keyReused':
      throw new ProblemError({
        code: 'IDEMPOTENCY_KEY_REUSED',
        detail: 'This Idempotency-Key was used for another request; use a new one.',
        walletId: command.walletId,
      });
    case 'unavailable': {
      // The problem is returned, not thrown. Under overload most answers are of this kind, and an Error with
      // its stack costs more than the answer.
      const { reason } = result;
      const problem = {
        code: reason,
        detail: whatToDo(reason, request),
        walletId: command.walletId,
        commandId,
      };
      return respond(problemAnswer(problem, requestId), c, { 'command-id': commandId });
    }
    default:
      return result satisfies never;
  }
}

function whatToDo(reason: UnavailableReason, { commandId, idempotencyKey }: Request): string {
  const isOpen = reason === 'OUTCOME_UNKNOWN';
  if (idempotencyKey !== undefined) {
    const sendAgain = 'Send the request again with the same Idempotency-Key: it takes effect once.';
    return isOpen ? `It may have taken effect. ${sendAgain} Or ask GET /commands/${commandId}.` : sendAgain;
  }
  return isOpen
    ? // A refusal without a key leaves no record, so "unknown" may also mean that it was refused.
      `It may have taken effect. Ask GET /commands/${commandId} before you send it again: "committed" means that it has, "unknown" that it was refused or has not been committed yet.`
    : 'It had no effect and may be sent again.';
}
