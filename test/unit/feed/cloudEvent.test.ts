import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CloudEvent } from 'cloudevents';
import { expect, it } from 'vitest';
import { cloudEventSchema, jsonSchemaOf } from '../../../src/api/events/cloudEventSchemas.ts';
import { eventTypes, type WalletEvent } from '../../../src/domain/events.ts';
import { type CloudEvent as FeedEvent, toCloudEvents } from '../../../src/feed/cloudEvent.ts';
import { feedKindOf, type FeedKind, feedTypeOf, feedTypes } from '../../../src/feed/feedTypes.ts';
import { alertingEvent, eventOfEachType, storedOf } from '../../support/eventOfEachType.ts';

const folder = new URL('../../fixtures/cloudEvents/', import.meta.url);

const kinds: readonly FeedKind[] = [...eventTypes, 'WalletAlert'];
const context = {
  movementId: 'acme/w-2@3',
  commandId: 'c1a7ed1d-0000-8000-8000-000000000001',
  requestId: 'request-1',
  minimumMinor: -50_000n,
};

/** What one event of the log is in the feed, as it leaves the service and as a program reads it. */
function allOf(event: WalletEvent, walletId = 'acme/w-1'): readonly FeedEvent[] {
  const events = toCloudEvents({ ...storedOf(event), walletId }, context);
  return JSON.parse(JSON.stringify(events)) as FeedEvent[];
}

function mapped(kind: FeedKind, walletId?: string): FeedEvent {
  const [event, alert] =
    kind === 'WalletAlert' ? allOf(alertingEvent, walletId) : allOf(eventOfEachType[kind], walletId);
  return (kind === 'WalletAlert' ? alert : event) as FeedEvent;
}

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

it.each(kinds)('%s is mapped as its golden example shows', (type) => {
  const golden = readFileSync(new URL(`${feedTypeOf(type)}.json`, folder), 'utf8');
  expect(mapped(type)).toEqual(JSON.parse(golden));
});

it('every golden example belongs to a type, so none is left over', () => {
  const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));
  expect(files.sort()).toEqual([...feedTypes].sort());
});

it.each(kinds)('%s fits its JSON Schema, which refuses a missing member and allows a new one', (type) => {
  const event = mapped(type);
  const validate = ajv.compile(jsonSchemaOf(event.type));
  expect(validate(event) ? [] : validate.errors).toEqual([]);
  expect(validate({ ...event, data: { ...event.data, balance: undefined } })).toBe(false);
  expect(validate({ ...event, data: { ...event.data, added: 'later' } })).toBe(true);
});

it.each(kinds)('%s has no member that the API reference does not name', (type) => {
  expect(cloudEventSchema.safeParse(mapped(type)).error?.issues ?? []).toEqual([]);
});

it.each(kinds)('%s is a CloudEvent 1.0 by the package of the CloudEvents project', (type) => {
  const event = new CloudEvent(mapped(type) as unknown as Partial<CloudEvent<object>>, true);
  expect(event.validate()).toBe(true);
});

it('source and id differ between tenants with equal wallets', () => {
  const theirs = mapped('WalletCredited');
  const ours = mapped('WalletCredited', 'w-1');
  expect([ours.source, ours.id]).toEqual(['/wallets/w-1', 'w-1@7']);
  expect([theirs.source, theirs.id]).toEqual(['/tenants/acme/wallets/w-1', 'w-1@7']);
});

it('every type has one name, and no text of an event shows a position or an id inside', () => {
  expect(new Set(feedTypes).size).toBe(kinds.length);
  for (const type of kinds) {
    expect(feedKindOf(feedTypeOf(type))).toBe(type);
    expect(JSON.stringify({ ...mapped(type), source: '' })).not.toMatch(/4711|acme/);
  }
});

it('an event shows its alerts, and each of them follows it as an event of its own', () => {
  const [event, ...alerts] = allOf(alertingEvent);
  const rules = [
    { name: 'deep', field: 'balance', op: 'below', amount: '90.00' },
    { name: 'low', field: 'available', op: 'below', amount: '600.00' },
  ];
  expect(event?.data).toMatchObject({ amount: '12.50', alerts: rules });
  expect(alerts.map(({ id, data }) => ({ id, data }))).toMatchObject([
    { id: 'w-1@7:01', data: { ...rules[0], value: '87.50', eventId: 'w-1@7' } },
    { id: 'w-1@7:02', data: { ...rules[1], value: '587.50', eventType: 'wallet.debited.v1' } },
  ]);
  expect(new Set([event, ...alerts].map((one) => one?.source)).size).toBe(1);
});

it('a sequence compares as text in the order of versions, and an alert stands between its event and the next', () => {
  const at = (version: number) =>
    toCloudEvents({ ...storedOf(alertingEvent), version }, context).map(({ sequence }) => sequence);
  const inOrder = [...at(9), ...at(10), ...at(100)];
  expect(inOrder.toReversed().sort()).toEqual(inOrder);
});
