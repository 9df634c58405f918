// Turns domain events into stored rows and back. Stored events never change. An upcaster fills the fields
// that an old event lacks, so the rest of the system knows only the current shape. Amounts are stored as
// decimal strings of minor units, because JSON numbers lose digits past 2^53.
import type { MovingEvent, StoredEvent, WalletEvent } from '../domain/events.ts';
import type { StateAfter } from '../domain/stateAfter.ts';
import { readAlertRules, writeAlertRules } from './alertCodec.ts';
import { minorUnits, signedMinorUnits } from './storedAmounts.ts';
import { decodeFields, encodeFields, type FieldReader } from './eventFields.ts';

/**
 * The columns that hold what an event says. A row has one of two forms. In the compact form `data` is null,
 * and the state after the event stands in columns of its own. In the form before it, everything stands in
 * `data`, and the other columns are null. A compact event leaves out schema version 1, which would take eight
 * bytes with its padding.
 */
export interface EventColumns {
  readonly data: unknown;
  readonly amount_minor: string | null;
  readonly balance_minor: string | null;
  readonly held_minor: string | null;
  readonly status: string | null;
  readonly terms_version: number | null;
  readonly details_version: number | null;
  readonly currency: string | null;
  readonly description: string | null;
  readonly extra: Fields | null;
}

/** The fields of an event by their names, whichever form its row has. */
export function fieldsOf(row: EventColumns): unknown {
  const { balance_minor: balanceMinor, currency } = row;
  if (balanceMinor === null) return row.data;
  const fields: Record<string, unknown> = { ...row.extra, currency, balanceMinor };
  if (row.amount_minor !== null) fields.amountMinor = row.amount_minor;
  if (row.description !== null) fields.description = row.description;
  if (row.held_minor !== null) fields.heldMinor = row.held_minor;
  if (row.status !== null) fields.status = row.status;
  if (row.terms_version !== null) fields.termsVersion = row.terms_version;
  if (row.details_version !== null) fields.detailsVersion = row.details_version;
  return fields;
}

/** A row of `events` whose fields are not decoded yet. */
export interface RecordedEvent {
  readonly position: bigint;
  readonly walletId: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
  readonly occurredAt: Date;
}

/** This version of the code cannot read a stored event. Names position, wallet and the reason. */
export class EventDecodeError extends Error {
  override readonly name = 'EventDecodeError';
  /** The reason alone, without position and wallet. */
  readonly reason: string;

  constructor(message: string, reason = message) {
    super(message);
    this.reason = reason;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Turns the data of schema version n into that of n + 1. Keyed by type, then by n. None exists yet. */
type Upcasters = Readonly<
  Partial<Record<WalletEvent['type'], Readonly<Record<number, (data: Fields) => Fields>>>>
>;
const upcasters: Upcasters = {};

/** The schema version that this code writes, and reads without an upcaster. */
export const schemaVersions: Readonly<Record<WalletEvent['type'], number>> = {
  WalletCreated: 1,
  WalletCredited: 1,
  WalletDebited: 1,
  TransferSent: 1,
  TransferReceived: 1,
  HoldPlaced: 1,
  HoldCaptured: 1,
  HoldReleased: 1,
  HoldAdjusted: 1,
  CreditReversed: 1,
  DebitRefunded: 1,
  TransferReturned: 1,
  TransferReturnReceived: 1,
  WalletFrozen: 1,
  WalletUnfrozen: 1,
  WalletLimitsChanged: 1,
  VelocityRulesChanged: 1,
  AlertRulesChanged: 1,
  WalletClosed: 1,
  WalletDetailsChanged: 1,
};

/** The stored form of an event: its type, schema version and data as JSON text. */
export function encodeEvent(event: WalletEvent): { type: string; schemaVersion: number; data: string } {
  const { type, ...fields } = event;
  const data = JSON.stringify(fields, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return { type, schemaVersion: schemaVersions[type], data };
}

/** The compact form of an event, with amounts as text. `extra` has the fields without their own columns. */
export interface CompactEvent {
  readonly amountMinor: string | null;
  readonly balanceMinor: string;
  readonly currency: string;
  readonly description: string | null;
  readonly extra: Fields | undefined;
}

export function compactEvent(event: WalletEvent): CompactEvent {
  const balanceMinor = event.balanceMinor.toString();
  const { currency } = event;
  const amountMinor = 'amountMinor' in event ? event.amountMinor.toString() : null;
  const description = 'description' in event ? event.description : null;
  return { amountMinor, balanceMinor, currency, description, extra: extraOf(event) };
}

/** Whether the state after an event is that of an ordinary wallet, so its columns stay null. */
export function hasState({ heldMinor, status, termsVersion, detailsVersion }: StateAfter): boolean {
  return (
    heldMinor !== undefined ||
    status !== undefined ||
    termsVersion !== undefined ||
    detailsVersion !== undefined
  );
}

function extraOf(event: WalletEvent): Fields | undefined {
  const alerts = event.alerts && { alerts: writeAlertRules(event.alerts) };
  switch (event.type) {
    case 'WalletCreated':
      return { ownerId: event.ownerId };
    case 'WalletCredited':
    case 'WalletDebited':
      return alerts;
    case 'TransferSent': {
      const { transferId, toWalletId, toBalanceMinor } = event;
      return { transferId, toWalletId, toBalanceMinor: toBalanceMinor.toString(), ...alerts };
    }
    case 'TransferReceived': {
      const { transferId, fromWalletId } = event;
      return { transferId, fromWalletId, ...alerts };
    }
    default:
      return encodeFields(event);
  }
}

/** Decodes a row into a domain event. Throws EventDecodeError for an unknown type, version or content. */
export function decodeEvent(recorded: RecordedEvent): StoredEvent {
  const { position, walletId, version, occurredAt } = recorded;
  return { position, walletId, version, occurredAt, event: decodeContent(recorded) };
}

function decodeContent(recorded: RecordedEvent): WalletEvent {
  const { type, position, walletId } = recorded;
  const refuse = (reason: string) =>
    new EventDecodeError(
      `event at position ${position} of wallet "${walletId}" can't be read: ${reason}`,
      reason,
    );
  if (!isKnownType(type)) throw refuse(`unknown type "${type}"`);
  const fields = upcast(type, recorded, refuse);

  const read = readerOf(type, fields, refuse);
  const after = stateAfterIn(fields, read);
  const moving = decodeMoving(type, read);
  if (moving !== undefined) return { ...moving, ...after };
  const currency = read.string('currency');
  const balanceMinor = read.signedMinor('balanceMinor');
  return decodeFields(type as Exclude<WalletEvent['type'], MovingEvent['type']>, read, {
    currency,
    balanceMinor,
    ...after,
  });
}

function readerOf(type: string, fields: Fields, refuse: (reason: string) => Error): FieldReader {
  const string = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string') throw refuse(`${type}.${name} is not a string`);
    return value;
  };
  const amount = (pattern: RegExp) => (name: string) => {
    const value = string(name);
    if (!pattern.test(value)) throw refuse(`${type}.${name} is not an amount in minor units`);
    return BigInt(value);
  };
  return {
    string,
    minor: amount(minorUnits),
    signedMinor: amount(signedMinorUnits),
    has: (name) => fields[name] !== undefined && fields[name] !== null,
    value: (name) => fields[name],
    refuse: (reason) => refuse(`${type}: ${reason}`),
  };
}

const noState: StateAfter = {};

function stateAfterIn(fields: Fields, { minor, refuse }: FieldReader): StateAfter {
  const { heldMinor, status, termsVersion, detailsVersion, alerts } = fields;
  if (!hasState({ heldMinor, status, termsVersion, detailsVersion } as StateAfter)) return noState;
  if (status !== undefined && status !== 'frozen' && status !== 'closed')
    throw refuse(`unknown status ${JSON.stringify(status)}`);
  return {
    ...(heldMinor === undefined ? {} : { heldMinor: minor('heldMinor') }),
    ...(status === undefined ? {} : { status }),
    ...(termsVersion === undefined ? {} : { termsVersion: Number(termsVersion) }),
    ...(detailsVersion === undefined ? {} : { detailsVersion: Number(detailsVersion) }),
    // A wallet with rules has terms, so an event with alerts always has a state.
    ...(alerts === undefined ? {} : { alerts: readAlertRules(alerts, refuse) }),
  };
}

function decodeMoving(
  type: WalletEvent['type'],
  { string, minor, signedMinor }: FieldReader,
): MovingEvent | undefined {
  const movement = () => ({
    currency: string('currency'),
    amountMinor: minor('amountMinor'),
    balanceMinor: signedMinor('balanceMinor'),
    description: string('description'),
  });
  switch (type) {
    case 'WalletCreated':
      return {
        type,
        ownerId: string('ownerId'),
        currency: string('currency'),
        balanceMinor: minor('balanceMinor'),
      };
    case 'WalletCredited':
    case 'WalletDebited':
      return { type, ...movement() };
    case 'TransferSent':
      return {
        type,
        transferId: string('transferId'),
        toWalletId: string('toWalletId'),
        toBalanceMinor: signedMinor('toBalanceMinor'),
        ...movement(),
      };
    case 'TransferReceived':
      return { type, transferId: string('transferId'), fromWalletId: string('fromWalletId'), ...movement() };
    default:
      return undefined;
  }
}

function isKnownType(type: string): type is WalletEvent['type'] {
  return Object.hasOwn(schemaVersions, type);
}

function upcast(
  type: WalletEvent['type'],
  recorded: RecordedEvent,
  refuse: (reason: string) => Error,
): Fields {
  if (typeof recorded.data !== 'object' || recorded.data === null) throw refuse('its data is not an object');
  if (recorded.schemaVersion > schemaVersions[type]) {
    throw refuse(`schema version ${recorded.schemaVersion} is newer than ${schemaVersions[type]}`);
  }
  let fields = recorded.data as Fields;
  for (let version = recorded.schemaVersion; version < schemaVersions[type]; version += 1) {
    const step = upcasters[type]?.[version];
    if (step === undefined) throw refuse(`no upcaster from schema version ${version}`);
    fields = step(fields);
  }
  return fields;
}
