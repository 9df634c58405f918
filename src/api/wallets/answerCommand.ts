// Hands the command of a request to the command path, and makes the answer of the result. Every operation
// that changes a wallet ends here.
import { type AppContext, idsOf, type RequestIds } from '../context.ts';
import { commandIdOfKey } from '../../commands/commandIds.ts';
import { meaningHashOf } from '../../commands/meaningHash.ts';
import type { Submission, SubmissionResult, UnavailableReason } from '../../commands/submission.ts';
import type { Command } from '../../domain/commands.ts';
import { isAccepted, type RequestHash } from '../../eventStore/recordRows.ts';
import type { ReachFailpoint } from '../../failpoints.ts';
import { problemAnswer, ProblemError } from '../http/problems.ts';
import { type CommandBody, readExpectedVersions, readIdempotencyKey, readWalletId } from '../http/request.ts';
import { respond } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import type { CommandIdCover } from './commandIdCover.ts';
import type { RecentVersions } from './recentVersions.ts';
import { answerOf, versionsIn } from './walletAnswer.ts';

export interface CommandDeps {
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

export function addressed(c: AppContext): {
  walletId: string;
  expectedVersions: readonly number[] | undefined;
} {
  return { walletId: readWalletId(c), expectedVersions: readExpectedVersions(c) };
}

/** The hashes by which a repeat of the request is known. */
export function hashesOf(
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

/** Hands the command to the command path and answers with the result. */
export async function answerCommand(
  c: AppContext,
  deps: CommandDeps,
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
      if ('rejected' in result.outcome) c.set('problemCode', result.outcome.rejected.code);
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
      c.set('problemCode', reason);
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
