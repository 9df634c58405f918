// The exit codes that a script can tell apart, and the lines that explain an error to a person.
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
  4    verify found differences, a recovery failed, or doctor found something wrong
  70   a defect of this program
  130  left with Ctrl-C; a recovery goes on (join it with: wallet recovery watch)`;

/** Ends the command with this code. Its message was already printed. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The exit code for an error, and the lines for stderr. A defect of this program shows its stack. */
export function describeFailure(error: unknown): {
  readonly code: number;
  readonly lines: readonly string[];
} {
  if (error instanceof ExitError) return { code: error.code, lines: [] };
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

function inWords({ code, detail, errors = [], requestId }: Problem): readonly string[] {
  const fields = errors.map((one) => `  ${one.pointer ?? one.parameter ?? one.header ?? ''} ${one.detail}`);
  return [`${code}: ${detail}`, ...(fields.length > 1 ? fields : []), `  request ${requestId}`];
}
