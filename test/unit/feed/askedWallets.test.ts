import { expect, it } from 'vitest';
import { createAskedWallets } from '../../../src/feed/askedWallets.ts';
import type { FeedFilter } from '../../../src/feed/feedFilter.ts';

const lingerMs = 1_000;
const any: FeedFilter = {
  ...{ tenant: '', types: undefined, walletId: undefined, ownerId: undefined, label: undefined },
};

function create() {
  let nowMs = 0;
  const asked = createAskedWallets(lingerMs, () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
    asked.forgetOld();
  };
  const wanted = (...wallets: readonly string[]) => wallets.filter((wallet) => asked.mayWant(wallet));
  return { asked, pass, wanted };
}

it('a wallet is asked for by name, or by a filter of its tenant that names none', () => {
  const { asked, wanted } = create();
  expect(wanted('a', 'b', 'acme/a')).toEqual([]);
  asked.add({ ...any, walletId: 'a' });
  asked.add({ ...any, walletIds: ['b', 'c'], types: ['WalletAlert'] });
  expect(wanted('a', 'b', 'c', 'd', 'acme/a')).toEqual(['a', 'b', 'c']);
  asked.add({ ...any, tenant: 'acme', ownerId: 'acme/o' });
  expect(wanted('d', 'acme/a')).toEqual(['acme/a']);
});

it('a filter counts as long as one of its readers is there, and a little longer', () => {
  const { asked, pass, wanted } = create();
  const ends = [asked.add({ ...any, walletId: 'a' }), asked.add({ ...any, walletId: 'a' })];
  asked.add({ ...any, walletIds: ['a', 'b'] })();
  ends[0]?.();
  pass(lingerMs);
  expect(wanted('a', 'b')).toEqual(['a']);
  ends[1]?.();
  pass(lingerMs - 1);
  expect(wanted('a')).toEqual(['a']);
  const again = asked.add({ ...any, walletId: 'a' });
  pass(lingerMs);
  expect(wanted('a')).toEqual(['a']);
  again();
  pass(lingerMs);
  expect(wanted('a')).toEqual([]);
});

it('facts about wallets are asked for while a filter needs them', () => {
  const { asked, pass } = create();
  asked.add({ ...any, walletId: 'a' });
  expect(asked.asksFacts()).toBe(false);
  const end = asked.add({ ...any, labels: ['vip'] });
  expect(asked.asksFacts()).toBe(true);
  end();
  pass(lingerMs);
  expect(asked.asksFacts()).toBe(false);
});
