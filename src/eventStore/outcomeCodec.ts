// Turns the outcome of a command into the text of its record and back. An outcome is what was decided, not an
// answer of some protocol. It is written with every accepted command, so the text is a short JSON array.
//
// Invariant: the API makes the same bytes from an outcome of one version for ever. A change of the content,
// or of those bytes, is a new version and a new level in levels.ts.
import { type Command, commandTypes } from '../domain/commands.ts';
import type { Acceptance, AcceptedFacts } from '../domain/decide/decision.ts';
import { type Rejection, type RejectionCode, rejectionCodes } from '../domain/rejections.ts';
import { ordinaryTerms, type WalletStatus } from '../domain/terms.ts';
import { ordinaryState, type Wallet } from '../domain/wallet.ts';
import { readFacts, writeFacts } from './factsCodec.ts';
import { levels } from './levels.ts';
import { minorUnits, signedMinorUnits } from './storedAmounts.ts';
import { readTerms, writeTerms } from './termsCodec.ts';

/** The version of an outcome whose wallets have one event each, and of every rejection. */
export const outcomeVersion = 1;
/** The version of an outcome in which a wallet has several events. No release wrote it. */
const severalEventsVersion = 2;
/** The version from level `walletState` on. Its wallets have a state, and it has facts besides wallets. */
export const statefulVersion = 3;

export interface AcceptedOutcome {
  readonly version: typeof outcomeVersion | typeof severalEventsVersion | typeof statefulVersion;
  readonly command: Command['type'];
  /** The command's wallets after it, in the order of its events. The wallet that pays is the first. */
  readonly accepted: readonly Wallet[];
  /**
   * The version that the first event of the command itself gave each wallet, in the order of `accepted`. It
   * names the movement. Undefined for a wallet without one. Absent if each wallet has one event.
   */
  readonly movementVersions?: readonly (number | undefined)[];
  readonly facts?: AcceptedFacts;
}

/** The outcome of an accepted command, in the form that `level` allows. */
export function acceptedOutcome(
  command: Command['type'],
  { shown, facts }: Pick<Acceptance, 'shown' | 'facts'>,
  level: number,
): AcceptedOutcome {
  const accepted = shown.map(({ wallet }) => wallet);
  if (level < levels.walletState) return { version: outcomeVersion, command, accepted };
  const movementVersions = shown.map(({ movementVersion }) => movementVersion);
  return { version: statefulVersion, command, accepted, movementVersions, facts };
}

/** The version that names the movement of the wallet at `index`; undefined if the command moved nothing. */
export function movementVersionAt(
  { accepted, movementVersions }: AcceptedOutcome,
  index: number,
): number | undefined {
  return movementVersions === undefined ? accepted[index]?.version : movementVersions[index];
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
  if ('accepted' in outcome) {
    const { version, command, accepted, movementVersions, facts } = outcome;
    const snapshots = accepted.map((wallet, index) => {
      if (version === outcomeVersion) return toSnapshot(wallet);
      const movementVersion = movementVersions?.[index];
      if (version === severalEventsVersion) return [...toSnapshot(wallet), movementVersion];
      return toStatefulSnapshot(wallet, movementVersion);
    });
    const hasFacts = facts !== undefined && Object.keys(facts).length > 0;
    return JSON.stringify([version, command, ...snapshots, ...(hasFacts ? [writeFacts(facts)] : [])]);
  }
  const { code, walletId, ...rest } = outcome.rejected;
  return JSON.stringify([outcome.version, code, walletId, rest]);
}

/** One wallet: id, owner, currency, minor units as text, version, and two times in milliseconds. */
function toSnapshot(wallet: Wallet): unknown[] {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  return [id, ownerId, currency, balanceMinor.toString(), version, createdAt.getTime(), updatedAt.getTime()];
}

/** What a wallet has besides a balance. A member is absent if it has its ordinary value. */
interface StoredState {
  readonly held?: string;
  readonly status?: Exclude<WalletStatus, 'active'>;
  readonly terms?: object;
  readonly termsVersion?: number;
  readonly detailsVersion?: number;
  /** 0 if the command made no event of this wallet. Absent if it is the version of the wallet. */
  readonly movement?: number;
}

function toStatefulSnapshot(wallet: Wallet, movementVersion: number | undefined): unknown[] {
  const { heldMinor, status, terms, termsVersion, detailsVersion, version } = wallet;
  const state: StoredState = {
    ...(heldMinor === 0n ? {} : { held: heldMinor.toString() }),
    ...(status === 'active' ? {} : { status }),
    ...(termsVersion === 0 ? {} : { termsVersion, terms: writeTerms(terms) }),
    ...(detailsVersion === 0 ? {} : { detailsVersion }),
    ...(movementVersion === version ? {} : { movement: movementVersion ?? 0 }),
  };
  const snapshot = toSnapshot(wallet);
  return Object.keys(state).length === 0 ? snapshot : [...snapshot, state];
}

/** Throws OutcomeDecodeError for a text that this code did not write. */
export function decodeOutcome(
  isAccepted: boolean,
  text: string,
  body: string | null,
): AcceptedOutcome | RejectedOutcome {
  const [version, kind, ...rest] = parse(text);
  if (isAccepted) return decodeAccepted(version, kind, rest);
  if (version !== outcomeVersion) throw new OutcomeDecodeError(`unknown version ${String(version)}`);
  const [walletId, facts] = rest;
  if (!isRejectionCode(kind)) throw new OutcomeDecodeError(`unknown code ${String(kind)}`);
  if (typeof walletId !== 'string' || typeof facts !== 'object')
    throw new OutcomeDecodeError('a rejection without a wallet');
  return { version, rejected: { code: kind, walletId, ...facts }, ...(body === null ? {} : { body }) };
}

function decodeAccepted(version: unknown, kind: unknown, rest: readonly unknown[]): AcceptedOutcome {
  if (version !== outcomeVersion && version !== severalEventsVersion && version !== statefulVersion)
    throw new OutcomeDecodeError(`unknown version ${String(version)}`);
  if (!isCommandType(kind)) throw new OutcomeDecodeError(`unknown command ${String(kind)}`);
  if (version === outcomeVersion)
    return { version, command: kind, accepted: rest.map((part) => fromSnapshot(part)) };
  if (version === severalEventsVersion)
    return {
      version,
      command: kind,
      accepted: rest.map((part) => fromSnapshot(part)),
      movementVersions: rest.map(toFirstVersion),
    };
  const snapshots = rest.filter(Array.isArray);
  const [facts = {}] = rest.filter((part) => !Array.isArray(part));
  return {
    version,
    command: kind,
    accepted: snapshots.map((snapshot) => ({
      ...fromSnapshot(snapshot, signedMinorUnits),
      ...fromState(snapshot[7]),
    })),
    movementVersions: snapshots.map((snapshot) => toMovementVersion(snapshot as unknown[])),
    facts: readFacts(facts, refuse),
  };
}

function refuse(reason: string): Error {
  return new OutcomeDecodeError(reason);
}

function fromState(state: unknown): Pick<Wallet, keyof typeof ordinaryState> {
  const {
    held = '0',
    status = 'active',
    terms,
    termsVersion = 0,
    detailsVersion = 0,
  } = (state ?? {}) as StoredState;
  return {
    heldMinor: BigInt(held),
    status,
    terms: terms === undefined ? ordinaryTerms : readTerms(terms, refuse),
    termsVersion,
    detailsVersion,
  };
}

function toMovementVersion(snapshot: readonly unknown[]): number | undefined {
  const { movement } = (snapshot[7] ?? {}) as StoredState;
  return movement === 0 ? undefined : (movement ?? (snapshot[4] as number));
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

function fromSnapshot(snapshot: unknown, balancePattern = minorUnits): Wallet {
  const [id, ownerId, currency, balance, version, createdMs, updatedMs] = (
    Array.isArray(snapshot) ? snapshot : []
  ) as unknown[];
  const texts = [id, ownerId, currency, balance].every((text) => typeof text === 'string');
  const numbers = [version, createdMs, updatedMs].every((number) => Number.isSafeInteger(number));
  if (!texts || !numbers || !balancePattern.test(balance as string))
    throw new OutcomeDecodeError(`no wallet: ${JSON.stringify(snapshot)}`);
  return {
    id: id as string,
    ownerId: ownerId as string,
    currency: currency as string,
    balanceMinor: BigInt(balance as string),
    version: version as number,
    createdAt: new Date(createdMs as number),
    updatedAt: new Date(updatedMs as number),
    ...ordinaryState,
  };
}

function toFirstVersion(snapshot: unknown): number {
  const [, , , , last, , , first] = snapshot as unknown[];
  if (!Number.isSafeInteger(first) || (first as number) < 1 || (first as number) > (last as number))
    throw new OutcomeDecodeError(`no first version: ${JSON.stringify(snapshot)}`);
  return first as number;
}

function isCommandType(kind: unknown): kind is Command['type'] {
  return commandTypes.includes(kind as Command['type']);
}

function isRejectionCode(kind: unknown): kind is RejectionCode {
  return rejectionCodes.includes(kind as RejectionCode);
}
