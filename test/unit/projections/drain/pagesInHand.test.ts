import { setImmediate as turnOfLoop } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPagesInHand,
  type PagesInHand,
  type Turn,
} from '../../../../src/projections/drain/pagesInHand.ts';

/** The steps of a page, in their order. Each ends when the test says so. */
type Step = 'map' | 'write' | 'record';

interface Told {
  readonly page: number;
  readonly what: Step | 'ended';
}

interface Page {
  /** The step that waits for the test; undefined while the page waits for its turn, or has ended. */
  waitsIn: Step | undefined;
  readonly endStep: () => void;
  readonly fail: (error: Error) => void;
}

/** Pages whose steps end when the test says so, as those of the ledger do. */
function createScene(bounds: { readonly pagesMax: number; readonly bytesMax: number }) {
  const told: Told[] = [];
  const pages: Page[] = [];
  const counts: number[] = [];
  const inHand: PagesInHand<number> = createPagesInHand<number>({
    ...bounds,
    onEnd: (page) => told.push({ page, what: 'ended' }),
    onCount: (count) => counts.push(count),
  });

  function begin(bytes = 1): void {
    const number = pages.length;
    let waiting = Promise.withResolvers<undefined>();
    const page: Page = {
      waitsIn: undefined,
      endStep: () => {
        page.waitsIn = undefined;
        waiting.resolve(undefined);
      },
      fail: (error) => {
        page.waitsIn = undefined;
        waiting.reject(error);
      },
    };
    pages.push(page);
    const step = async (what: Step) => {
      told.push({ page: number, what });
      waiting = Promise.withResolvers<undefined>();
      page.waitsIn = what;
      await waiting.promise;
    };
    inHand.begin(bytes, async (turn: Turn) => {
      await step('map');
      await turn.toWrite();
      await step('write');
      turn.hasWritten();
      await turn.toEnd();
      await step('record');
      return number;
    });
  }

  return { told, pages, counts, inHand, begin };
}

/** Every promise that can go on has gone on after a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await turnOfLoop();
}

function pagesThat(told: readonly Told[], what: Told['what']): readonly number[] {
  return told.filter((one) => one.what === what).map(({ page }) => page);
}

const upTo = (count: number) => Array.from({ length: count }, (_, page) => page);

describe('pages in hand', () => {
  it('map side by side, write and record one after the other, and end in their order', async () => {
    const { told, pages, inHand, begin } = createScene({ pagesMax: 3, bytesMax: 10 });
    for (let page = 0; page < 3; page += 1) begin();
    expect(pages.map(({ waitsIn }) => waitsIn)).toEqual(['map', 'map', 'map']);
    for (const page of [2, 1, 0]) pages[page]?.endStep();
    await settle();
    expect(pages.map(({ waitsIn }) => waitsIn)).toEqual(['write', undefined, undefined]);
    pages[0]?.endStep();
    await settle();
    expect(pages.map(({ waitsIn }) => waitsIn)).toEqual(['record', 'write', undefined]);
    pages[1]?.endStep();
    await settle();
    expect(pages.map(({ waitsIn }) => waitsIn)).toEqual(['record', undefined, 'write']);
    for (const page of [2, 0, 1, 2]) {
      pages[page]?.endStep();
      await settle();
    }
    await inHand.ended();
    expect(pagesThat(told, 'record')).toEqual([0, 1, 2]);
    expect(pagesThat(told, 'ended')).toEqual([0, 1, 2]);
  });

  it('are as many as the bound allows, and their number is told', async () => {
    const { pages, counts, inHand, begin } = createScene({ pagesMax: 2, bytesMax: 10 });
    begin();
    await inHand.room(1);
    begin();
    let hasRoom = false;
    const room = inHand.room(1).then(() => {
      hasRoom = true;
    });
    await settle();
    expect(hasRoom).toBe(false);
    for (let step = 0; step < 3; step += 1) {
      pages[0]?.endStep();
      await settle();
    }
    await room;
    expect(counts).toEqual([1, 2, 1]);
    expect(inHand.count()).toBe(1);
  });

  it('take no more bytes than the bound, and a larger page is in hand alone', async () => {
    const { pages, inHand, begin } = createScene({ pagesMax: 9, bytesMax: 10 });
    await inHand.room(11);
    begin(11);
    let hasRoom = false;
    const room = inHand.room(0).then(() => {
      hasRoom = true;
    });
    await settle();
    expect(hasRoom).toBe(false);
    for (let step = 0; step < 3; step += 1) {
      pages[0]?.endStep();
      await settle();
    }
    await room;
    begin(4);
    await inHand.room(6);
  });

  it('fail with the error of the first page, after every page has come to an end', async () => {
    const { told, pages, inHand, begin } = createScene({ pagesMax: 3, bytesMax: 10 });
    for (let page = 0; page < 3; page += 1) begin();
    pages[2]?.fail(new Error('the third page failed'));
    await settle();
    pages[0]?.fail(new Error('the first page failed'));
    let isOver = false;
    const ended = inHand.ended().finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    await settle();
    expect(isOver).toBe(false);
    pages[1]?.endStep();
    await expect(ended).rejects.toThrow('the first page failed');
    expect(pagesThat(told, 'ended')).toEqual([]);
    expect(pagesThat(told, 'write')).toEqual([]);
  });

  it('let no page begin after a failure, although earlier pages end well', async () => {
    const { told, pages, inHand, begin } = createScene({ pagesMax: 9, bytesMax: 10 });
    begin();
    begin();
    pages[1]?.fail(new Error('the second page failed'));
    await settle();
    const room = inHand.room(1);
    room.catch(() => undefined);
    for (let step = 0; step < 3; step += 1) {
      pages[0]?.endStep();
      await settle();
    }
    await expect(room).rejects.toThrow('the second page failed');
    expect(pagesThat(told, 'ended')).toEqual([0]);
  });

  it('end as a prefix of the log in every order of steps and failures', async () => {
    const orders = fc.record({
      pages: fc.integer({ min: 1, max: 5 }),
      pagesMax: fc.integer({ min: 1, max: 5 }),
      moves: fc.array(fc.record({ page: fc.nat(4), fails: fc.boolean() }), { maxLength: 24 }),
      failsSeldom: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(orders, async ({ pages: pagesWanted, pagesMax, moves, failsSeldom }) => {
        const { told, pages, inHand, begin } = createScene({ pagesMax, bytesMax: 100 });
        const failed: number[] = [];
        const drained = (async () => {
          for (let page = 0; page < pagesWanted; page += 1) {
            await inHand.room(1);
            begin();
          }
          await inHand.ended();
        })();
        drained.catch(() => undefined);
        await settle();
        const move = async (page: number, fails: boolean) => {
          if (pages[page]?.waitsIn === undefined) return;
          if (fails) {
            failed.push(page);
            pages[page].fail(new Error(`page ${page} failed`));
          } else pages[page].endStep();
          await settle();
          expect(inHand.count()).toBeLessThanOrEqual(pagesMax);
        };
        for (const [index, { page, fails }] of moves.entries())
          await move(page, fails && (!failsSeldom || index % 8 === 0));
        // Whatever still waits goes on, so that every order comes to an end.
        while (pages.some(({ waitsIn }) => waitsIn !== undefined))
          await move(
            pages.findIndex(({ waitsIn }) => waitsIn !== undefined),
            false,
          );

        const ended = pagesThat(told, 'ended');
        expect(ended).toEqual(upTo(ended.length));
        const [first = pagesWanted] = failed.toSorted((one, other) => one - other);
        expect(ended).toHaveLength(first);
        // No page wrote or recorded before the ones before it had.
        for (const what of ['write', 'record'] as const)
          expect(pagesThat(told, what)).toEqual(upTo(pagesThat(told, what).length));
        for (const page of pagesThat(told, 'record')) {
          const at = told.findIndex((one) => one.page === page && one.what === 'record');
          expect(pagesThat(told.slice(0, at), 'ended')).toEqual(upTo(page));
        }
        expect(inHand.count()).toBe(0);
        if (first < pagesWanted) await expect(drained).rejects.toThrow(`page ${first} failed`);
        else await drained;
      }),
      { numRuns: 300 },
    );
  });
});
