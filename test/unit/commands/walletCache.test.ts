// The cache of wallets alone, with clocks that the test sets. Wrong entries are tested on PostgreSQL in
// test/integration/commands/cachedWallets.test.ts.
import { describe, expect, it } from 'vitest';
import { createWalletCache } from '../../../src/commands/walletCache.ts';
import { emptyState, noKeys } from '../../../src/domain/state.ts';
import { ordinaryState, type Wallet } from '../../../src/domain/wallet.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import type { LoadedBatch } from '../../../src/eventStore/loadBatch.ts';

const now = new Date('2026-03-01T12:00:00.000Z');

function walletOf(id: string, more: Partial<Wallet> = {}): Wallet {
  const times = { createdAt: now, updatedAt: now };
  return {
    id,
    ownerId: 'o',
    currency: 'EUR',
    balanceMinor: 100n,
    version: 1,
    ...times,
    ...ordinaryState,
    ...more,
  };
}

function loadedOf(...wallets: readonly Wallet[]): LoadedBatch {
  return {
    ...{ now, fence: 3n, level: 11, isLoaded: true, answered: new Map() },
    state: { ...emptyState(), wallets: new Map(wallets.map((wallet) => [wallet.id, wallet])) },
    rowXids: new Map(wallets.map(({ id }) => [id, '700'])),
  };
}

/** A cache, and the clocks of its machine in milliseconds. */
function cacheOf(walletsMax = 100) {
  const clocks = { monotonicMs: 5_000, clockMs: 1_700_000_000_000 };
  const cache = createWalletCache({
    walletsMax,
    monotonicMs: () => clocks.monotonicMs,
    clockMs: () => clocks.clockMs,
  });
  const pass = (ms: number) => {
    clocks.monotonicMs += ms;
    clocks.clockMs += ms;
  };
  const find = (...wallets: readonly string[]) => cache.find({ ...noKeys, wallets });
  return { cache, clocks, pass, find };
}

it('gives back what was loaded, at the time of the database since then', () => {
  const { cache, pass, find } = cacheOf();
  expect(find('a')).toBeUndefined();
  cache.takeLoaded(loadedOf(walletOf('a'), walletOf('b')));
  pass(250);
  expect(find('b', 'a')).toMatchObject({ fence: 3n, level: 11, isLoaded: false });
  expect(find('a')?.now).toEqual(new Date('2026-03-01T12:00:00.250Z'));
  expect(find('a')?.state.wallets).toEqual(new Map([['a', walletOf('a')]]));
  expect(find('a')?.rowXids).toEqual(new Map([['a', '700']]));
});

it('keeps a later time than that of a slow load, for a second at most', () => {
  const { cache, pass, find } = cacheOf();
  const before = (ms: number): LoadedBatch => ({
    ...loadedOf(walletOf('a')),
    now: new Date(now.getTime() - ms),
  });
  cache.takeLoaded(loadedOf(walletOf('a')));
  pass(600);
  cache.takeLoaded({ ...before(5_000), fence: 4n });
  expect(find('a')).toMatchObject({ now: new Date(now.getTime() + 600), fence: 4n });
  pass(400);
  expect(find('a')).toBeUndefined();
  cache.takeLoaded(before(4_000));
  expect(find('a')?.now).toEqual(new Date(now.getTime() - 4_000));
});

it('gives back what was written last, with the database transaction that wrote it', () => {
  const { cache, find } = cacheOf();
  cache.takeLoaded(loadedOf(walletOf('a')));
  cache.takeWritten([walletOf('a', { version: 2 })], '701');
  expect(find('a')?.state.wallets.get('a')?.version).toBe(2);
  expect(find('a')?.rowXids.get('a')).toBe('701');
});

describe('has nothing for a batch', () => {
  it('with a wallet that it does not know, or knows no more', () => {
    const { cache, find } = cacheOf();
    cache.takeLoaded(loadedOf(walletOf('a'), walletOf('b')));
    expect(find('a', 'unknown')).toBeUndefined();
    cache.forget(['b']);
    expect(find('a', 'b')).toBeUndefined();
    expect(find('a')).toBeDefined();
  });

  it.each([
    ['is frozen', { status: 'frozen' }],
    ['has open holds', { heldMinor: 1n }],
    ['has velocity rules', { terms: { ...ordinaryState.terms, velocityRules: 1 } }],
  ] as const)('with a wallet that %s, because its row is not all of its state', (_, more) => {
    const { cache, find } = cacheOf();
    cache.takeLoaded(loadedOf(walletOf('a')));
    cache.takeWritten([walletOf('a', more)], '701');
    expect(find('a')).toBeUndefined();
  });

  it('that reads more than wallets', () => {
    const { cache } = cacheOf();
    cache.takeLoaded(loadedOf(walletOf('a')));
    expect(cache.find({ ...noKeys, wallets: ['a'], holds: ['a h'] })).toBeUndefined();
  });

  it('while a level is open below which records are answers alone', () => {
    const { cache, find } = cacheOf();
    cache.takeLoaded({ ...loadedOf(walletOf('a')), level: levels.compactRecords - 1 });
    expect(find('a')).toBeUndefined();
    cache.takeLoaded({ ...loadedOf(walletOf('a')), level: levels.compactRecords });
    expect(find('a')).toBeDefined();
  });

  it('a second after the last load', () => {
    const { cache, pass, find } = cacheOf();
    cache.takeLoaded(loadedOf(walletOf('a')));
    pass(999);
    expect(find('a')).toBeDefined();
    pass(1);
    expect(find('a')).toBeUndefined();
  });

  it.each([
    ['was suspended', 3_600_000],
    ['had its clock set back', -60_000],
  ])('after its machine %s', (_, ms) => {
    const { cache, clocks, find } = cacheOf();
    cache.takeLoaded(loadedOf(walletOf('a')));
    clocks.clockMs += ms;
    expect(find('a')).toBeUndefined();
    cache.takeLoaded(loadedOf(walletOf('a')));
    expect(find('a')).toBeDefined();
  });
});

describe('after refused appends', () => {
  /** Finds the wallet so often, and has the last ones of these batches refused. */
  function used(found: number, refused: number) {
    const one = cacheOf();
    one.cache.takeLoaded(loadedOf(walletOf('a')));
    for (let batch = 0; batch < found; batch += 1) one.find('a');
    for (let batch = 0; batch < refused; batch += 1) one.cache.refused();
    return one;
  }

  it('goes on if they are few, because the other batches need no load', () => {
    expect(used(1, 1).find('a')).toBeDefined();
    expect(used(2, 2).find('a')).toBeDefined();
    expect(used(10, 3).find('a')).toBeDefined();
  });

  it('has nothing for a second if they are many, and goes on with what is loaded then', () => {
    const { cache, pass, find } = used(9, 3);
    pass(999);
    expect(find('a')).toBeUndefined();
    pass(1);
    cache.takeLoaded(loadedOf(walletOf('a')));
    expect(find('a')).toBeDefined();
  });

  it('counts each second anew', () => {
    const { cache, pass, find } = used(2, 2);
    pass(1_000);
    cache.takeLoaded(loadedOf(walletOf('a')));
    find('a');
    cache.refused();
    expect(find('a')).toBeDefined();
  });
});

it.each([0, 1, 2, 10, 11])('keeps at most %i wallets, and those that were written last', (walletsMax) => {
  const { cache, find } = cacheOf(walletsMax);
  cache.takeLoaded(loadedOf());
  const ids = Array.from({ length: 100 }, (_, index) => `w${index}`);
  for (const id of ids) cache.takeWritten([walletOf(id)], '701');
  const found = ids.filter((id) => find(id) !== undefined);
  expect(found.length).toBeLessThanOrEqual(walletsMax);
  expect(found.length).toBeGreaterThanOrEqual(Math.floor(walletsMax / 2));
  expect(found).toEqual(ids.slice(ids.length - found.length));
});
