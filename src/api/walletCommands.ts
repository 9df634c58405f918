// The four operations that change wallets. Each turns a request into one command, hands it to the command path
// and answers with what came back; nothing is decided here.
import type { Hono } from 'hono';
import type { SubmissionResult, UnavailableReason } from '../commands/submission.ts';
import type { Command } from '../domain/commands.ts';
import type { ApiDeps, Variables } from './app.ts';
import { problemKinds, ProblemError } from './problems.ts';
import {
  type AppContext,
  commandIdOfKey,
  readBody,
  readExpectedVersion,
  readIdempotencyKey,
  readWalletId,
  requestHashOf,
} from './request.ts';
import { respond } from './respond.ts';
import { createWalletSchema, movementSchema, transferSchema } from './schemas.ts';
import { createdAnswer, movedAnswer, renderer, transferredAnswer } from './walletAnswer.ts';

export function addWalletCommands(app: Hono<{ Variables: Variables }>, deps: ApiDeps): void {
  app.post('/wallets', async (c) => {
    const body = await readBody(c, createWalletSchema);
    const { walletId = deps.newId(), ownerId, currency, initialBalance } = body;
    const command: Command = { type: 'CreateWallet', walletId, ownerId, currency, initialBalance };
    return answerCommand(c, deps, command, body, createdAnswer);
  });

  app.post('/wallets/:walletId/credit', async (c) => {
    const body = await readBody(c, movementSchema);
    const command: Command = { type: 'CreditWallet', ...addressed(c), ...body };
    return answerCommand(c, deps, command, body, movedAnswer);
  });

  app.post('/wallets/:walletId/debit', async (c) => {
    const body = await readBody(c, movementSchema);
    const command: Command = { type: 'DebitWallet', ...addressed(c), ...body };
    return answerCommand(c, deps, command, body, movedAnswer);
  });

  app.post('/wallets/:walletId/transfer', async (c) => {
    const body = await readBody(c, transferSchema);
    const command: Command = { type: 'TransferFunds', ...addressed(c), ...body, transferId: deps.newId() };
    return answerCommand(c, deps, command, body, transferredAnswer);
  });
}

function addressed(c: AppContext): { walletId: string; expectedVersion: number | undefined } {
  return { walletId: readWalletId(c), expectedVersion: readExpectedVersion(c) };
}

async function answerCommand(
  c: AppContext,
  deps: ApiDeps,
  command: Command,
  body: unknown,
  accepted: Parameters<typeof renderer>[0],
): Promise<Response> {
  const idempotencyKey = readIdempotencyKey(c);
  const commandId = idempotencyKey === undefined ? deps.newId() : commandIdOfKey(idempotencyKey);
  const requestId = c.get('requestId');
  const result = await deps.submit({
    command,
    commandId,
    idempotencyKey,
    requestHash: requestHashOf(c, body),
    correlationId: requestId,
    render: renderer(accepted, requestId),
  });
  return toResponse(result, command, commandId, requestId);
}

function toResponse(
  result: SubmissionResult,
  command: Command,
  commandId: string,
  requestId: string,
): Response {
  switch (result.kind) {
    case 'answered': {
      const replayed = result.replayed ? { 'idempotent-replayed': 'true' } : {};
      return respond(result.answer, requestId, { ...replayed, 'command-id': commandId });
    }
    case 'keyReused':
      throw new ProblemError({
        code: 'IDEMPOTENCY_KEY_REUSED',
        detail: 'This Idempotency-Key was used for another request; use a new one.',
        walletId: command.walletId,
      });
    case 'unavailable':
      throw new ProblemError({
        code: result.reason,
        detail: whatToDo(result.reason, commandId),
        walletId: command.walletId,
        commandId,
      });
    default:
      return result satisfies never;
  }
}

function whatToDo(reason: UnavailableReason, commandId: string): string {
  const { title } = problemKinds[reason];
  return reason === 'OUTCOME_UNKNOWN'
    ? `${title}: ask GET /commands/${commandId}, or send the request again with the same Idempotency-Key.`
    : `${title}. Nothing was done; send the request again with the same Idempotency-Key.`;
}
