// Turns the outcome of a command into the text of its record and back. An outcome is what was decided, not an
// answer of some protocol. It is written with every accepted command, so the text is a short JSON array.
//
// Invariant: the API makes the same bytes from an outcome of one version for ever. A change of the content,
// or of those bytes, is a new version and a new level in levels.ts.
import type { Command } from '../domain/commands.ts';
import { type Rejection, type RejectionCode, rejectionCodes } from '../domain/rejections.ts';
import type { Wallet } from '../domain/wallet.ts';

/** The version that this code writes, and the only one so far. */
export const outcomeVersion = 1;

export interface AcceptedOutcome {
  readonly version: typeof outcomeVersion;
  readonly command: Command['type'];
  /** The command's wallets after it, in the order in which the command names them. */
  readonly accepted: readonly Wallet[];
}

export interface RejectedOutcome {
  readonly version: typeof outcomeVersion;
  /** Lacks its sentence if `body` has it. */
  readonly rejected: Omit<Rejection, 'detail'> & Partial<Pick<Rejection, 'detail'>>;
  /** The answer's body as the client got it, byte for byte. Undefined if no client got one. */
  readonly body?: string;
}

/** This code cannot read the outcome in a record. Names what is wrong. */
export class OutcomeDecodeError extends Error {
  override readonly name = 'OutcomeDecodeError';
}

export function encodeOutcome(outcome: AcceptedOutcome | RejectedOutcome): string {
  if ('accepted' in outcome)
    return JSON.stringify([outcome.version, outcome.command, ...outcome.accepted.map(toSnapshot)]);
  const { code, walletId, ...facts } = outcome.rejected;
  return JSON.stringify([outcome.version, code, walletId, facts]);
}

/** One wallet: id, owner, currency, minor units as text, version, and two times in milliseconds. */
function toSnapshot(wallet: Wallet): unknown[] {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  return [id, ownerId, currency, balanceMinor.toString(), version, createdAt.getTime(), updatedAt.getTime()];
}

/** Throws OutcomeDecodeError for a text that this code did not write. */
export function decodeOutcome(
  isAccepted: boolean,
  text: string,
  body: string | null,
): AcceptedOutcome | RejectedOutcome {
  const [version, kind, ...rest] = parse(text);
  if (version !== outcomeVersion) throw new OutcomeDecodeError(`unknown version ${String(version)}`);
  if (isAccepted) {
    if (!isCommandType(kind)) throw new OutcomeDecodeError(`unknown command ${String(kind)}`);
    return { version, command: kind, accepted: rest.map(fromSnapshot) };
  }
  const [walletId, facts] = rest;
  if (!isRejectionCode(kind)) throw new OutcomeDecodeError(`unknown code ${String(kind)}`);
  if (typeof walletId !== 'string' || typeof facts !== 'object')
    throw new OutcomeDecodeError('a rejection without a wallet');
  return { version, rejected: { code: kind, walletId, ...facts }, ...(body === null ? {} : { body }) };
}

function parse(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new OutcomeDecodeError('not an array in JSON');
}

function fromSnapshot(snapshot: unknown): Wallet {
  const [id, ownerId, currency, balance, version, createdMs, updatedMs] = (
    Array.isArray(snapshot) ? snapshot : []
  ) as unknown[];
  const texts = [id, ownerId, currency, balance].every((text) => typeof text === 'string');
  const numbers = [version, createdMs, updatedMs].every((number) => Number.isSafeInteger(number));
  if (!texts || !numbers || !/^\d{1,19}$/.test(balance as string))
    throw new OutcomeDecodeError(`no wallet: ${JSON.stringify(snapshot)}`);
  return {
    id: id as string,
    ownerId: ownerId as string,
    currency: currency as string,
    balanceMinor: BigInt(balance as string),
    version: version as number,
    createdAt: new Date(createdMs as number),
    updatedAt: new Date(updatedMs as number),
  };
}

const commandTypes: Readonly<Record<Command['type'], true>> = {
  CreateWallet: true,
  CreditWallet: true,
  DebitWallet: true,
  TransferFunds: true,
};

function isCommandType(kind: unknown): kind is Command['type'] {
  return typeof kind === 'string' && Object.hasOwn(commandTypes, kind);
}

function isRejectionCode(kind: unknown): kind is RejectionCode {
  return rejectionCodes.includes(kind as RejectionCode);
}
