// The opening state of a wallet as JSON and back: the wallet after its last archived event, with everything
// that a fold of later events needs.
import type { Hold } from '../domain/hold.ts';
import type { Reversal } from '../domain/reversal.ts';
import { ordinaryTerms, type Terms, type WalletStatus } from '../domain/terms.ts';
import type { RuleUse } from '../domain/velocityUse.ts';
import { isOrdinary, ordinaryState, type Wallet } from '../domain/wallet.ts';
import type { Details } from '../domain/walletEvents.ts';
import {
  addHolds,
  addReversals,
  type Ended,
  type EndedJson,
  isEnded,
  isWhole,
  noneEnded,
  readEnded,
  writeEnded,
} from './endedRows.ts';
import {
  type HoldJson,
  readHold,
  readReversal,
  type ReversalJson,
  writeHold,
  writeReversal,
} from './holdRows.ts';
import { readTerms, writeTerms } from './termsCodec.ts';
import { readUses, type StoredUse, writeUse } from './velocityCodec.ts';

/** Everything of a wallet besides its balance and its terms. */
export interface OpeningState {
  /** Below the level `endedSums` those that ended are among them, and so are whole reversals. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly details: Details | undefined;
  readonly reversals: ReadonlyMap<number, Reversal>;
  /** The sums of all others. Their rows are not told. */
  readonly ended: Ended;
  readonly uses: readonly RuleUse[] | undefined;
  /** An event can't be read or breaks a rule, so nobody can say how the state must be. */
  readonly isUnknown: boolean;
}

/** What a fold knows of a broken stream besides the wallet. */
export interface StreamFaults {
  readonly broken: readonly { readonly version: number; readonly reason: string }[];
  readonly unreadEnd: number;
  /** The wallet that the next event must follow. */
  readonly previous: Wallet | undefined;
  /** Of the last event that carried terms. */
  readonly terms: Terms | undefined;
}

/** A wallet after its last event up to an archived position. */
export interface OpeningWallet {
  readonly walletId: string;
  /** Of the last event. */
  readonly version: number;
  readonly position: bigint;
  readonly events: number;
  /** Undefined if no event could be folded. */
  readonly wallet: Wallet | undefined;
  /** Undefined if the wallet never had any. */
  readonly state: OpeningState | undefined;
  /** Undefined if the stream is sound. */
  readonly faults: StreamFaults | undefined;
}

/** A row of the opening state is not as this service writes it. */
export class OpeningStateError extends Error {
  override readonly name = 'OpeningStateError';
}

/** A row as JSON, with the names of its columns. Amounts are decimal text, times RFC 3339. */
export interface OpeningJson {
  readonly wallet_id: string;
  readonly version: number;
  readonly position: number;
  readonly events: number;
  readonly owner_id: string | null;
  readonly currency: string | null;
  readonly balance_minor: string | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly held_minor: string | null;
  readonly status: WalletStatus | null;
  readonly terms_version: number | null;
  readonly details_version: number | null;
  readonly terms: unknown;
  readonly state: StateJson | null;
  readonly faults: FaultsJson | null;
}

interface StateJson {
  readonly holds: readonly HoldJson[];
  readonly details: Details | null;
  readonly reversals: readonly ReversalJson[];
  readonly uses: readonly StoredUse[] | null;
  /** Absent below the level `endedSums`. */
  readonly ended?: EndedJson;
  readonly unknown?: true;
}

/** The part of a wallet that events change. */
interface ChangingJson {
  readonly version: number;
  readonly balance: string;
  readonly updatedAt: string;
  readonly held: string;
  readonly status: WalletStatus;
  readonly terms: unknown;
  readonly termsVersion: number;
  readonly detailsVersion: number;
}

interface FaultsJson {
  readonly broken: StreamFaults['broken'];
  readonly unreadEnd: number;
  /** The version of the wallet, which is below that of the last event if that one is broken. */
  readonly walletVersion: number;
  readonly previous: ChangingJson | null;
  readonly terms: unknown;
}

/** Reads the text of `openingJson`. */
export function parseOpening(text: string): OpeningWallet {
  return readOpening(JSON.parse(text) as OpeningJson);
}

export function readOpening(row: OpeningJson): OpeningWallet {
  const refuse = (reason: string) =>
    new OpeningStateError(`the opening state of wallet "${row.wallet_id}": ${reason}`);
  const wallet = readWallet(row, refuse);
  return {
    walletId: row.wallet_id,
    version: row.version,
    position: BigInt(row.position),
    events: row.events,
    wallet,
    state: row.state === null ? undefined : readState(row.state, refuse),
    faults: row.faults === null ? undefined : readFaults(row.faults, wallet, refuse),
  };
}

function readWallet(row: OpeningJson, refuse: (reason: string) => Error): Wallet | undefined {
  const { owner_id: ownerId, currency, balance_minor: balance, created_at, updated_at } = row;
  if (ownerId === null) return undefined;
  if (currency === null || balance === null || created_at === null || updated_at === null)
    throw refuse('a column is null');
  const { held_minor, status, terms_version, details_version, terms } = row;
  const isPlain =
    held_minor === null && status === null && terms_version === null && details_version === null;
  return {
    ...{ id: row.wallet_id, ownerId, currency, balanceMinor: BigInt(balance) },
    version: row.faults?.walletVersion ?? row.version,
    createdAt: new Date(created_at),
    updatedAt: new Date(updated_at),
    ...(isPlain
      ? ordinaryState
      : {
          heldMinor: BigInt(held_minor ?? 0),
          status: status ?? 'active',
          terms: terms === null ? ordinaryTerms : readTerms(terms, refuse),
          termsVersion: terms_version ?? 0,
          detailsVersion: details_version ?? 0,
        }),
  };
}

function readState(json: StateJson, refuse: (reason: string) => Error): OpeningState {
  return {
    holds: new Map(json.holds.map((hold) => [hold.hold_id, readHold(hold)])),
    details: json.details ?? undefined,
    reversals: new Map(json.reversals.map((one) => [one.version, readReversal(one)])),
    uses: json.uses === null ? undefined : readUses(json.uses, refuse),
    ended: json.ended === undefined ? noneEnded : readEnded(json.ended),
    isUnknown: json.unknown === true,
  };
}

function readFaults(
  { broken, unreadEnd, previous, terms }: FaultsJson,
  wallet: Wallet | undefined,
  refuse: (reason: string) => Error,
): StreamFaults {
  return {
    ...{ broken, unreadEnd },
    previous:
      previous === null || wallet === undefined
        ? undefined
        : {
            ...wallet,
            version: previous.version,
            balanceMinor: BigInt(previous.balance),
            updatedAt: new Date(previous.updatedAt),
            heldMinor: BigInt(previous.held),
            status: previous.status,
            terms: readTerms(previous.terms, refuse),
            termsVersion: previous.termsVersion,
            detailsVersion: previous.detailsVersion,
          },
    terms: terms === null ? undefined : readTerms(terms, refuse),
  };
}

export function writeOpening({
  walletId,
  version,
  position,
  events,
  wallet,
  state,
  faults,
}: OpeningWallet): object {
  return {
    ...{ wallet_id: walletId, version, position: position.toString(), events },
    ...(wallet && {
      owner_id: wallet.ownerId,
      currency: wallet.currency,
      balance_minor: wallet.balanceMinor.toString(),
      created_at: wallet.createdAt.toISOString(),
      updated_at: wallet.updatedAt.toISOString(),
    }),
    ...(wallet && !isOrdinary(wallet) && { ...stateColumns(wallet) }),
    ...(state && { state: writeState(state) }),
    ...(faults && { faults: writeFaults(faults, wallet) }),
  };
}

function stateColumns({ heldMinor, status, terms, termsVersion, detailsVersion }: Wallet): object {
  return {
    held_minor: heldMinor === 0n ? null : heldMinor.toString(),
    status: status === 'active' ? null : status,
    terms_version: termsVersion === 0 ? null : termsVersion,
    details_version: detailsVersion === 0 ? null : detailsVersion,
    terms: termsVersion === 0 ? null : writeTerms(terms),
  };
}

/** Adds everything that never changes again to the sums, and leaves the rest as it is. */
export function sumEnded({ holds, reversals, ended, ...others }: OpeningState): OpeningState {
  const [over, open] = split(holds, isEnded);
  const [whole, partial] = split(reversals, isWhole);
  return {
    ...others,
    ...{ holds: open, reversals: partial },
    ended: { holds: addHolds(ended.holds, over), reversals: addReversals(ended.reversals, whole) },
  };
}

function split<Key, Row>(rows: ReadonlyMap<Key, Row>, isOver: (row: Row) => boolean) {
  return [[...rows.values()].filter(isOver), new Map([...rows].filter(([, row]) => !isOver(row)))] as const;
}

function writeState({ holds, details, reversals, uses, ended, isUnknown }: OpeningState): StateJson {
  const sums = writeEnded(ended);
  return {
    holds: [...holds.values()].map(writeHold),
    details: details ?? null,
    reversals: [...reversals.values()].map(writeReversal),
    uses: uses?.map(writeUse) ?? null,
    ...(Object.keys(sums).length > 0 && { ended: sums }),
    ...(isUnknown && { unknown: true }),
  };
}

function writeFaults(
  { broken, unreadEnd, previous, terms }: StreamFaults,
  wallet: Wallet | undefined,
): FaultsJson {
  return {
    ...{ broken, unreadEnd, walletVersion: wallet?.version ?? 0 },
    previous: previous === undefined ? null : writeChanging(previous),
    terms: terms === undefined ? null : writeTerms(terms),
  };
}

function writeChanging(wallet: Wallet): ChangingJson {
  return {
    version: wallet.version,
    balance: wallet.balanceMinor.toString(),
    updatedAt: wallet.updatedAt.toISOString(),
    held: wallet.heldMinor.toString(),
    status: wallet.status,
    terms: writeTerms(wallet.terms),
    termsVersion: wallet.termsVersion,
    detailsVersion: wallet.detailsVersion,
  };
}
