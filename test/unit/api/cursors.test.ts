// A cursor leads on in its own list alone. The lists are those operations that take a cursor.
import { describe, expect, it } from 'vitest';
import { cursorAfter, type List, positionKey, readCursor, toPage } from '../../../src/api/http/page.ts';
import { ProblemError } from '../../../src/api/http/problems.ts';
import { z } from '../../../src/api/http/zod.ts';
import type { Operation } from '../../../src/api/openApi/operation.ts';
import { operations } from '../../../src/api/operations.ts';
import { createBareApi } from '../../support/bareApi.ts';

const lists = (operations as readonly Operation[]).filter(
  ({ query }) => query !== undefined && 'cursor' in query.shape,
);

/** Answers with a list that cannot grow, and why. */
const bounded: Readonly<Record<string, string>> = {
  getOwnerSummary: 'the currencies of an owner',
  getTrialBalance: 'two account classes for each currency',
  listProjections: 'the projections',
  listParts: 'the parts of the system',
  listSegments: 'the newest segments of the log',
  getHealth: 'the conditions of the health model',
  listProblems: 'the problem codes',
  getReadiness: 'the parts that the process needs',
  createKey: 'the scopes of one key',
  getKey: 'the scopes of one key',
  rotateKey: 'the scopes of one key',
  revokeKey: 'the scopes of one key',
  getHold: 'the captures of one hold',
  getWebhookEndpoint: 'the secrets of one endpoint',
  getMovement: 'the reversals of one movement',
  changeDetails: 'the labels of one wallet',
  changeVelocity: 'the rules of one wallet',
  getVelocity: 'the rules of one wallet',
  changeAlerts: 'the alert rules of one wallet',
  getAlerts: 'the alert rules of one wallet',
};

function listsInAnswerOf({ answer }: Operation): readonly string[] {
  if (!(answer instanceof z.ZodObject)) return [];
  const members = Object.entries(answer.shape);
  return members.flatMap(([name, schema]) => (schema instanceof z.ZodArray ? [name] : []));
}

describe('an operation that answers a list', () => {
  const listing = (operations as readonly Operation[]).filter((one) => listsInAnswerOf(one).length > 0);

  it.each(
    listing.filter(({ id }) => !(id in bounded) && id !== 'listEvents').map((one) => [one.id, one] as const),
  )('has a limit, a cursor and the cursor of the next page: %s', (_, { query, answer }) => {
    expect(Object.keys(query?.shape ?? {})).toEqual(expect.arrayContaining(['limit', 'cursor']));
    expect(Object.keys((answer as z.ZodObject).shape)).toContain('nextCursor');
  });

  it('goes on for ever in the feed: every page has the cursor of the next', () => {
    const feed = listing.find(({ id }) => id === 'listEvents');
    expect(Object.keys(feed?.query?.shape ?? {})).toEqual(expect.arrayContaining(['limit', 'after']));
    expect((feed?.answer as z.ZodObject).shape.next).toBeInstanceOf(z.ZodString);
  });

  it('is listed here if its list cannot grow', () => {
    const ids = listing.map(({ id }) => id);
    expect(Object.keys(bounded).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
const { app, touched } = createBareApi();

async function ask({ path, example }: Operation, cursor: string) {
  touched.length = 0;
  const { params = {}, query = {} } = example;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
  const search = new URLSearchParams({ ...query, cursor }).toString();
  const answer = await app.request(`${filled}?${search}`);
  return { status: answer.status, body: (await answer.json()) as { readonly errors?: unknown }, touched };
}

describe.each(lists.map((list) => [list.id, list] as const))('%s refuses a cursor', (id, list) => {
  it.each(lists.filter((other) => other.id !== id).map((other) => [other.id]))('of %s', async (name) => {
    for (const asked of [{}, { walletId: 'wallet-001', order: 'asc' }] as const)
      expect(await ask(list, cursorAfter({ name, asked }, '5'))).toMatchObject({
        status: 400,
        body: { errors: [{ parameter: 'cursor', detail: 'belongs to another list' }] },
        touched: [],
      });
  });

  it('of another order or filter', async () => {
    expect(await ask(list, cursorAfter({ name: id, asked: { colour: 'red' } }, '5'))).toMatchObject({
      status: 400,
      body: { errors: [{ parameter: 'cursor', detail: expect.stringContaining('colour') as unknown }] },
      touched: [],
    });
  });

  it.each(['NQ', 'wallet-001', '', '====', 'W10', 'W10=', '!!', 'bnVsbA'])(
    'of the release before, or none at all: %j',
    async (cursor) => {
      expect(await ask(list, cursor)).toMatchObject({
        status: 400,
        body: { errors: [{ parameter: 'cursor' }] },
        touched: [],
      });
    },
  );
});

describe('a cursor', () => {
  const list: List = { name: 'listFailures', asked: { projection: 'ledger', order: undefined } };
  const rows = [{ position: 1n }, { position: 2n }];
  const cursor = toPage(list, rows, 1, ({ position }) => position.toString()).nextCursor ?? '';

  it('is taken by the list that made it', () => {
    expect(readCursor(cursor, list, positionKey)).toBe(1n);
  });

  it.each([
    ['another value', { projection: 'read-model' }, 'projection'],
    ['no filter', {}, 'projection'],
    ['one filter more', { projection: 'ledger', order: 'asc' }, 'order'],
  ])('is refused with %s', (_, asked, named) => {
    const read = () => readCursor(cursor, { name: list.name, asked }, positionKey);
    expect(read).toThrow(ProblemError);
    expect(read).toThrow(named);
  });
});
