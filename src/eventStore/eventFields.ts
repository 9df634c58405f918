// The fields of the events of holds, reversals and of the wallet itself, as stored and back. Amounts are
// decimal strings of minor units, times are RFC 3339. `eventCodec.ts` holds what all events have.
import type { MovingEvent, WalletEvent } from '../domain/events.ts';
import type { StateAfter } from '../domain/stateAfter.ts';
import type { HoldEvent } from '../domain/holdEvents.ts';
import {
  type EventRef,
  type ReversalEvent,
  type ReversalReason,
  reversalReasons,
} from '../domain/reversal.ts';
import { holdEnds } from '../domain/holdEvents.ts';
import { type LifecycleEvent } from '../domain/walletEvents.ts';
import { writeAlertRules } from './alertCodec.ts';
import { isTextRecord, readTerms, writeTerms } from './termsCodec.ts';
import type { AlertRule } from '../domain/alerts.ts';
import type { VelocityRule } from '../domain/velocity.ts';
import { readRules, writeRule } from './velocityCodec.ts';

export type StatefulEvent = Exclude<WalletEvent, MovingEvent>;

/** Reads the fields of one event. Each member throws EventDecodeError if the field is not as it must be. */
export interface FieldReader {
  readonly string: (name: string) => string;
  readonly minor: (name: string) => bigint;
  /** Like `minor`, and may be negative. */
  readonly signedMinor: (name: string) => bigint;
  readonly has: (name: string) => boolean;
  /** The value as it was parsed, for the decoder of a structure. */
  readonly value: (name: string) => unknown;
  readonly refuse: (reason: string) => Error;
}

/** What every event has, decoded already. */
type Common = StateAfter & { readonly currency: string; readonly balanceMinor: bigint };
type Fields = Readonly<Record<string, unknown>>;

/** The fields that have columns of their own. */
const inColumns: ReadonlySet<string> = new Set([
  ...['type', 'currency', 'amountMinor', 'balanceMinor', 'description'],
  ...['heldMinor', 'status', 'termsVersion', 'detailsVersion'],
]);

/** The fields without columns of their own. */
export function encodeFields(event: StatefulEvent): Fields {
  const fields = Object.entries(event).filter(([name]) => !inColumns.has(name));
  return Object.fromEntries(fields.map(([name, value]) => [name, toJson(name, value)]));
}

function toJson(name: string, value: unknown): unknown {
  if (name === 'terms') return writeTerms(value);
  if (name === 'rules') return (value as readonly VelocityRule[]).map(writeRule);
  if (name === 'alerts') return writeAlertRules(value as readonly AlertRule[]);
  return typeof value === 'bigint' ? value.toString() : value;
}

export function decodeFields(type: StatefulEvent['type'], read: FieldReader, common: Common): StatefulEvent {
  switch (type) {
    case 'HoldPlaced':
    case 'HoldCaptured':
    case 'HoldReleased':
    case 'HoldAdjusted':
      return decodeHold(type, read, common);
    case 'CreditReversed':
    case 'DebitRefunded':
    case 'TransferReturned':
    case 'TransferReturnReceived':
      return decodeReversal(type, read, common);
    default:
      return decodeLifecycle(type, read, common);
  }
}

function decodeHold(type: HoldEvent['type'], read: FieldReader, common: Common): HoldEvent {
  const { string, minor, signedMinor, has } = read;
  const shared = { holdId: string('holdId'), ...common };
  switch (type) {
    case 'HoldPlaced': {
      const metadata = has('metadata') ? textRecord(read, 'metadata') : undefined;
      return {
        type,
        ...shared,
        amountMinor: minor('amountMinor'),
        expiresAt: time(read, 'expiresAt'),
        description: string('description'),
        ...(has('toWalletId') && { toWalletId: string('toWalletId') }),
        ...(metadata && { metadata }),
      };
    }
    case 'HoldCaptured':
      return {
        type,
        ...shared,
        captureId: string('captureId'),
        amountMinor: minor('amountMinor'),
        releasedMinor: minor('releasedMinor'),
        overMinor: minor('overMinor'),
        description: string('description'),
        ...(has('toWalletId') && {
          toWalletId: string('toWalletId'),
          toBalanceMinor: signedMinor('toBalanceMinor'),
        }),
      };
    case 'HoldReleased': {
      const reason = string('reason');
      if (!isOneOf(holdEnds, reason) || reason === 'captured')
        throw read.refuse(`unknown reason "${reason}"`);
      return {
        type,
        ...shared,
        amountMinor: minor('amountMinor'),
        reason,
        description: string('description'),
      };
    }
    case 'HoldAdjusted':
      return { type, ...shared, changeMinor: signedMinor('changeMinor'), expiresAt: time(read, 'expiresAt') };
    default:
      return type satisfies never;
  }
}

function decodeReversal(type: ReversalEvent['type'], read: FieldReader, common: Common): ReversalEvent {
  const { string, minor, signedMinor } = read;
  const shared = {
    ...common,
    amountMinor: minor('amountMinor'),
    reversedMinor: minor('reversedMinor'),
    original: eventRef(read, 'original'),
    reason: reversalReason(read),
    description: string('description'),
  };
  switch (type) {
    case 'CreditReversed':
    case 'DebitRefunded':
      return { type, ...shared };
    case 'TransferReturned':
      return {
        type,
        ...shared,
        returnId: string('returnId'),
        toWalletId: string('toWalletId'),
        toBalanceMinor: signedMinor('toBalanceMinor'),
      };
    case 'TransferReturnReceived':
      return { type, ...shared, returnId: string('returnId'), fromWalletId: string('fromWalletId') };
    default:
      return type satisfies never;
  }
}

function decodeLifecycle(type: LifecycleEvent['type'], read: FieldReader, common: Common): LifecycleEvent {
  const { string } = read;
  const terms = () => readTerms(read.value('terms'), read.refuse);
  switch (type) {
    case 'WalletFrozen':
    case 'WalletLimitsChanged':
    case 'AlertRulesChanged':
      return { type, ...common, terms: terms() };
    case 'VelocityRulesChanged': {
      const rules = readRules(read.value('rules'), read.refuse);
      const after = terms();
      if (rules.length !== after.velocityRules) throw read.refuse('the terms name another number of rules');
      return { type, ...common, terms: after, rules };
    }
    case 'WalletUnfrozen':
      return {
        type,
        ...common,
        terms: terms(),
        cause: string('cause') === 'expired' ? 'expired' : 'request',
        reason: string('reason'),
      };
    case 'WalletClosed':
      return { type, ...common, reason: string('reason') };
    case 'WalletDetailsChanged': {
      const { metadata, labels } = (read.value('details') ?? {}) as Fields;
      const isText = (label: unknown) => typeof label === 'string';
      if (!isTextRecord(metadata) || !Array.isArray(labels) || !labels.every(isText))
        throw read.refuse('details are no metadata and labels');
      return { type, ...common, details: { metadata, labels: labels } };
    }
    default:
      return type satisfies never;
  }
}

function time({ string, refuse }: FieldReader, name: string): Date {
  const at = new Date(string(name));
  if (Number.isNaN(at.getTime())) throw refuse(`${name} is no time`);
  return at;
}

function textRecord(read: FieldReader, name: string): Readonly<Record<string, string>> {
  const value = read.value(name);
  if (!isTextRecord(value)) throw read.refuse(`${name} is no object of texts`);
  return value;
}

function eventRef(read: FieldReader, name: string): EventRef {
  const { walletId, version } = (read.value(name) ?? {}) as Partial<EventRef>;
  if (typeof walletId !== 'string' || !Number.isSafeInteger(version))
    throw read.refuse(`${name} names no event`);
  return { walletId, version: version as number };
}

function reversalReason({ string, refuse }: FieldReader): ReversalReason {
  const reason = string('reason');
  if (!isOneOf(reversalReasons, reason)) throw refuse(`unknown reason "${reason}"`);
  return reason;
}

function isOneOf<Value extends string>(values: readonly Value[], value: string): value is Value {
  return (values as readonly string[]).includes(value);
}
