// The exit codes that a script can tell apart, and the lines that explain an error to a person.
import { CommanderError } from 'commander';
import {
  type Problem,
  UnexpectedAnswerError,
  WalletConnectionError,
  WalletProblemError,
} from '../src/client/index.ts';
import { startFailure } from '../src/startFailure.ts';

export const exits = {
  done: 0,
  refused: 1,
  usage: 2,
  unavailable: 3,
  differs: 4,
  internal: 70,
  left: 130,
} as const;

export const exitHelp = `
Exit codes:
  0    done
  1    refused: the service said no (the problem's code is on stderr)
  2    wrong usage
  3    the service, or Temporal behind it, does not answer; under the printed key a command is safe to repeat
  4    verify found differences, a recovery or the test of a webhook failed, or doctor found something wrong
  70   a defect of this program
  130  left with Ctrl-C; a recovery goes on (join it with: wallet recovery watch)`;

/** What to do if the service does not accept the key, or got none. */
export const keyAdvice = 'Set WALLET_API_KEY, or WALLET_API_KEY_FILE to a file with the key';

/** Ends the command with this code. Its message was already printed. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code: number;
  /** For scripts, if the command printed no result. */
  readonly failure: CliFailure | undefined;

  constructor(code: number, failure?: CliFailure) {
    super(`exit ${code}`);
    this.code = code;
    this.failure = failure;
  }
}

/** Why a command failed: a problem's code or one of this program, and a sentence. */
interface CliFailure {
  readonly code: string;
  readonly detail: string;
}

/** The one document that `--json` prints for a failed command. Every member is always there. */
export interface FailureDocument {
  readonly error: CliFailure & {
    readonly exitCode: number;
    readonly status: number | null;
    readonly requestId: string | null;
    readonly commandId: string | null;
    /** Under this key the command is safe to repeat. */
    readonly idempotencyKey: string | null;
    readonly errors: Problem['errors'] | null;
  };
}

/** The document for an error, or undefined if the command has printed its result. */
export function failureDocument(error: unknown): FailureDocument | undefined {
  const none = { status: null, requestId: null, commandId: null, idempotencyKey: null, errors: null };
  const { code: exitCode } = describeFailure(error);
  if (error instanceof ExitError) {
    return error.failure && { error: { ...error.failure, exitCode, ...none } };
  }
  if (error instanceof WalletProblemError) {
    const { code, detail, status, requestId, commandId = null, errors = null } = error.problem;
    const { idempotencyKey = null } = error.facts;
    return { error: { code, detail, exitCode, status, requestId, commandId, idempotencyKey, errors } };
  }
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof WalletConnectionError || error instanceof UnexpectedAnswerError) {
    const code = error instanceof WalletConnectionError ? 'NO_ANSWER' : 'UNEXPECTED_ANSWER';
    return {
      error: { code, detail, exitCode, ...none, idempotencyKey: error.idempotencyKey ?? null },
    };
  }
  const isUsage = error instanceof CommanderError || startFailure(error) !== undefined;
  return { error: { code: isUsage ? 'USAGE' : 'DEFECT', detail, exitCode, ...none } };
}

/** The exit code for an error, and the lines for stderr. A defect of this program shows its stack. */
export function describeFailure(error: unknown): {
  readonly code: number;
  readonly lines: readonly string[];
} {
  if (error instanceof ExitError) return { code: error.code, lines: [] };
  // Commander has printed its message. Requested help is a success, and it ends only wrong usage otherwise.
  if (error instanceof CommanderError)
    return { code: error.exitCode === 0 ? exits.done : exits.usage, lines: [] };
  if (error instanceof WalletProblemError) {
    const { problem, facts } = error;
    // This stored event cannot be read. The service answers, and asking again does not help.
    const isAway = problem.status >= 500 && problem.code !== 'EVENT_UNREADABLE';
    const repeat = isAway ? repeatUnder(facts.idempotencyKey) : [];
    return { code: isAway ? exits.unavailable : exits.refused, lines: [...inWords(problem), ...repeat] };
  }
  if (error instanceof WalletConnectionError || error instanceof UnexpectedAnswerError) {
    const isAway = error instanceof WalletConnectionError;
    const look = isAway ? '  is it running? wallet doctor' : '  is --url the wallet service?';
    return { code: exits.unavailable, lines: [error.message, look, ...repeatUnder(error.idempotencyKey)] };
  }
  const reason = startFailure(error);
  if (reason !== undefined) return { code: exits.usage, lines: [reason] };
  return {
    code: exits.internal,
    lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  };
}

/** The client may have made the key. Without that key a repeated command would be another command. */
function repeatUnder(idempotencyKey: string | undefined): readonly string[] {
  return idempotencyKey === undefined ? [] : [`  safe to repeat with --key ${idempotencyKey}`];
}

function inWords(problem: Problem): readonly string[] {
  const { code, detail, errors = [], requestId } = problem;
  const fields = errors.map((one) => `  ${one.pointer ?? one.parameter ?? one.header ?? ''} ${one.detail}`);
  const numbers = numbersOf(problem);
  return [
    `${code}: ${detail}`,
    ...(fields.length > 1 ? fields : []),
    ...(numbers === '' ? [] : [`  ${numbers}`]),
    ...(code === 'UNAUTHENTICATED' ? [`  ${keyAdvice}`] : []),
    `  request ${requestId}`,
  ];
}

/** "available 12.50 EUR, held 30.00 EUR, requested 20.00 EUR", of the numbers that the problem has. */
function numbersOf({ available, held, requested, limit, currency }: Problem): string {
  return Object.entries({ available, held, requested, limit })
    .flatMap(([name, amount]) => (amount === undefined ? [] : [`${name} ${amount} ${currency ?? ''}`.trim()]))
    .join(', ');
}
