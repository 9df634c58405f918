import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CloudEvent } from 'cloudevents';
import { expect, it } from 'vitest';
import { cloudEventSchema, jsonSchemaOf } from '../../../src/api/events/cloudEventSchemas.ts';
import { eventTypes } from '../../../src/domain/events.ts';
import { type CloudEvent as FeedEvent, toCloudEvent } from '../../../src/feed/cloudEvent.ts';
import { feedTypeOf, feedTypes, storedTypeOf } from '../../../src/feed/feedTypes.ts';
import { eventOfEachType, storedOf } from '../../support/eventOfEachType.ts';

const folder = new URL('../../fixtures/cloudEvents/', import.meta.url);

/** The event as it leaves the service, and as a program reads it. */
function mapped(type: (typeof eventTypes)[number], walletId = 'acme/w-1'): FeedEvent {
  const event = toCloudEvent(
    { ...storedOf(eventOfEachType[type]), walletId },
    {
      movementId: 'acme/w-2@3',
      commandId: 'c1a7ed1d-0000-8000-8000-000000000001',
      requestId: 'request-1',
      minimumMinor: -50_000n,
    },
  );
  return JSON.parse(JSON.stringify(event)) as FeedEvent;
}

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

it.each(eventTypes)('%s is mapped as its golden example shows', (type) => {
  const golden = readFileSync(new URL(`${feedTypeOf(type)}.json`, folder), 'utf8');
  expect(mapped(type)).toEqual(JSON.parse(golden));
});

it('every golden example belongs to a type, so none is left over', () => {
  const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));
  expect(files.sort()).toEqual([...feedTypes].sort());
});

it.each(eventTypes)(
  '%s fits its JSON Schema, which refuses a missing member and allows a new one',
  (type) => {
    const event = mapped(type);
    const validate = ajv.compile(jsonSchemaOf(event.type));
    expect(validate(event) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...event, data: { ...event.data, balance: undefined } })).toBe(false);
    expect(validate({ ...event, data: { ...event.data, added: 'later' } })).toBe(true);
  },
);

it.each(eventTypes)('%s has no member that the API reference does not name', (type) => {
  expect(cloudEventSchema.safeParse(mapped(type)).error?.issues ?? []).toEqual([]);
});

it.each(eventTypes)('%s is a CloudEvent 1.0 by the package of the CloudEvents project', (type) => {
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
  expect(new Set(feedTypes).size).toBe(eventTypes.length);
  for (const type of eventTypes) {
    expect(storedTypeOf(feedTypeOf(type))).toBe(type);
    expect(JSON.stringify({ ...mapped(type), source: '' })).not.toMatch(/4711|acme/);
  }
});

it('a sequence compares as text in the order of versions', () => {
  const at = (version: number) =>
    toCloudEvent(
      { ...storedOf(eventOfEachType.WalletCredited), version },
      { movementId: 'w', commandId: undefined, requestId: undefined, minimumMinor: 0n },
    ).sequence;
  expect([at(10), at(9), at(100)].sort()).toEqual([at(9), at(10), at(100)]);
});
