import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { createPagesInHand } from '../../../src/projections/drain/pagesInHand.ts';
import { projectAndRecord } from '../../../src/projections/projectEvents.ts';
import type { Projection } from '../../../src/projections/projection.ts';

/** Writes of two pages that end when the test says so, and the statements between them. */
function createScene(writes: Projection['writes']) {
  const told: string[] = [];
  const ends = [0, 1].map(() => Promise.withResolvers<readonly []>());
  const write = (page: number) => {
    told.push(`${page} writes`);
    return ends[page]?.promise ?? Promise.resolve([]);
  };
  const pool = {
    connect: () =>
      Promise.resolve({
        query: (text: string) => {
          told.push(text);
          return Promise.resolve({ command: text.toUpperCase() });
        },
        release: () => undefined,
      }),
  } as unknown as Pool;
  const pages = createPagesInHand<string>({
    pagesMax: 2,
    bytesMax: 10,
    onEnd: (page) => told.push(`${page} ended`),
  });
  for (const page of [0, 1]) {
    const projection: Projection =
      writes === 'with-checkpoint'
        ? { name: 'ledger', writes, map: () => () => write(page) }
        : { name: 'read-model', writes, project: () => write(page) };
    pages.begin(1, (turn) =>
      projectAndRecord(pool, projection, [], {
        turn,
        record: () => {
          told.push(`${page} records`);
          return Promise.resolve(String(page));
        },
      }),
    );
  }
  /** What happened since the last call. */
  const since = async () => {
    for (let turn = 0; turn < 3; turn += 1) await turnOfLoop();
    return told.splice(0);
  };
  return { since, pages, ends };
}

it('a page of the ledger writes after the one before has written, and records after it has ended', async () => {
  const { since, pages, ends } = createScene('with-checkpoint');
  expect(await since()).toEqual(['begin', '0 writes']);
  ends[1]?.resolve([]);
  expect(await since()).toEqual([]);
  ends[0]?.resolve([]);
  await pages.ended();
  const told = await since();
  const order = ['0 records', '0 ended', '1 records', '1 ended'].map((what) => told.indexOf(what));
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(told.indexOf('commit')).toBeLessThan(told.indexOf('1 records'));
});

it('a page of another store is written at any time, and records after the one before has ended', async () => {
  const { since, pages, ends } = createScene('before-checkpoint');
  expect(await since()).toEqual(['0 writes', '1 writes']);
  ends[1]?.resolve([]);
  expect(await since()).toEqual([]);
  ends[0]?.resolve([]);
  await pages.ended();
  expect(await since()).toEqual([
    ...['begin', '0 records', 'commit', '0 ended'],
    ...['begin', '1 records', 'commit', '1 ended'],
  ]);
});

it('a page of the ledger rolls back if the one before fails after both have written', async () => {
  const { since, pages, ends } = createScene('with-checkpoint');
  await since();
  ends[0]?.reject(new Error('the first page failed'));
  ends[1]?.resolve([]);
  await expect(pages.ended()).rejects.toThrow('the first page failed');
  const told = await since();
  expect(told).toContain('rollback');
  expect(told).not.toContain('1 records');
});
