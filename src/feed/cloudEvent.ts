// Maps a stored event to CloudEvents 1.0, which are what the feed shows of it: the event itself, and one more
// for each of its alerts. Pure. The stored form stays private: an event of any age gets today's members.
//
// Invariant: source and id name one event for ever. The source is one wallet, and its sequence counts from 1
// without gaps. So no event tells how many events other wallets or tenants have.
import type { AlertRule } from '../domain/alerts.ts';
import type { StoredEvent } from '../domain/events.ts';
import { formatAmount } from '../domain/money.ts';
import { movementIdOf } from '../domain/movementId.ts';
import { bareId, defaultTenant, tenantOf } from '../domain/tenant.ts';
import { detailsOf } from './eventDetails.ts';
import { feedTypeOf, type FeedType } from './feedTypes.ts';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: FeedType;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly partitionkey: string;
  /**
   * The version of the wallet. Padded, because it has to compare as text. That of an alert goes on with the
   * number of the alert, so it follows its event and stands before the next one.
   */
  readonly sequence: string;
  readonly data: object;
}

/** The facts about an event that it does not carry itself. */
export interface EventContext {
  /** The movement that the event belongs to, by its id inside. */
  readonly movementId: string;
  /** As clients know it. Undefined if no command made the event. */
  readonly commandId: string | undefined;
  readonly requestId: string | undefined;
  /** The least balance, without its held part, that the terms in force allow. */
  readonly minimumMinor: bigint;
}

const sequenceDigits = 19;
/** An event has at most ten alerts. */
const alertDigits = 2;

/** Names an event of the feed. An event has the number 0, and its alerts count from 1. */
export function feedIdOf(walletId: string, version: number, alertNumber: number): string {
  return `${movementIdOf(walletId, version)}${alertSuffixOf(alertNumber)}`;
}

function alertSuffixOf(alertNumber: number): string {
  return alertNumber === 0 ? '' : `:${String(alertNumber).padStart(alertDigits, '0')}`;
}

/** The event, and then its alerts. All of them have one position in the feed. */
export function toCloudEvents(stored: StoredEvent, context: EventContext): readonly CloudEvent[] {
  const event = toCloudEvent(stored, context);
  const alerts = stored.event.alerts ?? [];
  return [event, ...alerts.map((rule, index) => toAlert(stored, context, event, rule, index + 1))];
}

function toCloudEvent(stored: StoredEvent, context: EventContext): CloudEvent {
  const { walletId, version, occurredAt, event } = stored;
  const type = feedTypeOf(event.type);
  const id = bareId(walletId);
  return {
    specversion: '1.0',
    id: feedIdOf(id, version, 0),
    source: sourceOf(walletId),
    type,
    subject: id,
    time: occurredAt.toISOString(),
    datacontenttype: 'application/json',
    dataschema: schemaIdOf(type),
    partitionkey: id,
    sequence: String(version).padStart(sequenceDigits, '0'),
    data: dataOf(stored, context),
  };
}

function toAlert(
  stored: StoredEvent,
  context: EventContext,
  event: CloudEvent,
  { name, field, op, amountMinor }: AlertRule,
  alertNumber: number,
): CloudEvent {
  const type = feedTypeOf('WalletAlert');
  const { version } = stored;
  const state = stateOf(stored, context);
  const amount = formatAmount(amountMinor, stored.event.currency);
  return {
    ...event,
    ...{ id: feedIdOf(event.subject, version, alertNumber), type, dataschema: schemaIdOf(type) },
    sequence: `${event.sequence}${alertSuffixOf(alertNumber)}`,
    data: {
      ...{ version, movementId: bareId(context.movementId), eventId: event.id, eventType: event.type },
      ...{ name, field, op, amount, value: state[field] },
      ...state,
    },
  };
}

function dataOf(stored: StoredEvent, context: EventContext): object {
  return {
    version: stored.version,
    movementId: bareId(context.movementId),
    ...detailsOf(stored.event, (decimal) => decimal),
    ...stateOf(stored, context),
  };
}

/** The state after the event, and what made it. */
function stateOf({ event }: StoredEvent, context: EventContext) {
  const { currency, balanceMinor, heldMinor = 0n, status = 'active' } = event;
  const money = (minor: bigint) => formatAmount(minor, currency);
  return {
    balance: money(balanceMinor),
    held: money(heldMinor),
    available: money(balanceMinor - heldMinor - context.minimumMinor),
    status,
    currency,
    commandId: context.commandId ?? null,
    requestId: context.requestId ?? null,
  };
}

function sourceOf(walletId: string): string {
  const tenant = tenantOf(walletId);
  return `${tenant === defaultTenant ? '' : `/tenants/${tenant}`}/wallets/${bareId(walletId)}`;
}

/** An absolute URI, as CloudEvents asks. A URN, because the service does not know its own address. */
export function schemaIdOf(type: string): string {
  return `urn:wallet-service:event:${type}`;
}
