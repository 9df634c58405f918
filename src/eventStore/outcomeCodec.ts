// Turns the outcome of a command into the text of its record and back. An outcome is what was decided, not an
// answer of some protocol. It is written with every accepted command, so the text is a short JSON array.
//
// Invariant: the API makes the same bytes from an outcome of one version for ever. A change of the content,
// or of those bytes, is a new version and a new level in levels.ts.
import type { Command } from '../domain/commands.ts';
import type { NewEvent } from '../domain/events.ts';
import { type Rejection, type RejectionCode, rejectionCodes } from '../domain/rejections.ts';
import type { Wallet } from '../domain/wallet.ts';

/** The version of an outcome whose wallets have one event each, and of every rejection. */
export const outcomeVersion = 1;
/**
 * The version of an outcome in which a wallet has several events. No command makes it yet. The first one that
 * does needs a level of its own, because releases before this one read version 1 alone.
 */
const severalEventsVersion = 2;

export interface AcceptedOutcome {
  readonly version: typeof outcomeVersion | typeof severalEventsVersion;
  readonly command: Command['type'];
  /** The command's wallets after it, in the order in which the command names them. */
  readonly accepted: readonly Wallet[];
  /**
   * The version of each wallet after its first event of this command, in the order of `accepted`. It names
   * the movement. Absent if each wallet has one event.
   */
  readonly firstVersions?: readonly number[];
}

/** The outcome of an accepted command. */
export function acceptedOutcome(
  command: Command['type'],
  events: readonly Pick<NewEvent, 'walletId' | 'version'>[],
  accepted: readonly Wallet[],
): AcceptedOutcome {
  if (events.length === accepted.length) return { version: outcomeVersion, command, accepted };
  const firstVersions = accepted.map(
    ({ id, version }) => events.find(({ walletId }) => walletId === id)?.version ?? version,
  );
  return { version: severalEventsVersion, command, accepted, firstVersions };
}

/** The version of the wallet at `index` after its first event of the command. */
export function firstVersionAt({ accepted, firstVersions }: AcceptedOutcome, index: number): number {
  const version = firstVersions?.[index] ?? accepted[index]?.version;
  if (version === undefined) throw new Error(`the outcome of an accepted command has no wallet ${index}`);
  return version;
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
    return JSON.stringify([outcome.version, outcome.command, ...snapshotsOf(outcome)]);
  const { code, walletId, ...facts } = outcome.rejected;
  return JSON.stringify([outcome.version, code, walletId, facts]);
}

/** In version 2 the version after the first event follows the snapshot of a wallet. */
function snapshotsOf({ accepted, firstVersions }: AcceptedOutcome): unknown[][] {
  if (firstVersions === undefined) return accepted.map(toSnapshot);
  return accepted.map((wallet, index) => [...toSnapshot(wallet), firstVersions[index]]);
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
  if (isAccepted) {
    if (version !== outcomeVersion && version !== severalEventsVersion)
      throw new OutcomeDecodeError(`unknown version ${String(version)}`);
    if (!isCommandType(kind)) throw new OutcomeDecodeError(`unknown command ${String(kind)}`);
    const accepted = rest.map(fromSnapshot);
    if (version === outcomeVersion) return { version, command: kind, accepted };
    return { version, command: kind, accepted, firstVersions: rest.map(toFirstVersion) };
  }
  if (version !== outcomeVersion) throw new OutcomeDecodeError(`unknown version ${String(version)}`);
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

function toFirstVersion(snapshot: unknown): number {
  const [, , , , last, , , first] = snapshot as unknown[];
  if (!Number.isSafeInteger(first) || (first as number) < 1 || (first as number) > (last as number))
    throw new OutcomeDecodeError(`no first version: ${JSON.stringify(snapshot)}`);
  return first as number;
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
