import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../../../src/domain/events.ts';
import { evolve, type Wallet } from '../../../../../src/domain/wallet.ts';
import {
  foldWallets,
  walletsWithoutFirst,
} from '../../../../../src/projections/readModel/fold/foldWallets.ts';
import { walletStream } from '../../../../support/walletStream.ts';

/** The wallet's stream at positions from `from` on. */
function positioned(walletId: string, creditsMinor: readonly bigint[], from = 1n): StoredEvent[] {
  return walletStream(walletId, 100n, creditsMinor).map((event, index) => ({
    ...event,
    position: from + BigInt(index),
  }));
}

function firstsOf(...events: readonly (StoredEvent | undefined)[]): ReadonlyMap<string, StoredEvent> {
  return new Map(events.flatMap((event) => (event === undefined ? [] : [[event.walletId, event] as const])));
}

const none = firstsOf();

describe('folding a batch', () => {
  it('makes one wallet of all its events, and knows which they were', () => {
    const { folded, unfoldable } = foldWallets(positioned('a', [5n, 7n]), none);
    expect(unfoldable).toEqual([]);
    expect(
      folded.map(({ wallet: { id, balanceMinor, version }, positions }) => [
        id,
        balanceMinor,
        version,
        positions,
      ]),
    ).toEqual([['a', 112n, 3, [1n, 2n, 3n]]]);
  });

  it('of any cut of a stream gives the wallet that evolve gives for the whole', () => {
    const credits = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(credits, fc.nat(), (creditsMinor, seed) => {
        const stream = positioned('a', creditsMinor);
        const cut = stream.slice(seed % stream.length);
        const whole = stream.reduce<Wallet | undefined>((wallet, event) => evolve(wallet, event), undefined);
        const { folded, unfoldable } = foldWallets(cut, firstsOf(stream[0]));
        expect(unfoldable).toEqual([]);
        expect(folded.map(({ wallet }) => wallet)).toEqual([whole]);
      }),
    );
  });

  it('goes on after a missing event with the state in the later one', () => {
    const [first, , third] = positioned('a', [5n, 7n]);
    const { folded, unfoldable } = foldWallets(
      [first, third].filter((event) => event !== undefined),
      none,
    );
    expect(unfoldable).toEqual([]);
    expect(folded[0]?.wallet).toMatchObject({ version: 3, balanceMinor: 112n });
  });

  it('refuses an event that contradicts the one before it, alone, and goes on after it', () => {
    const [first, second, third] = positioned('a', [5n, 7n]) as [StoredEvent, StoredEvent, StoredEvent];
    const wrong = { ...second, event: { ...second.event, balanceMinor: 999n } };
    const following = { ...third, event: { ...third.event, balanceMinor: 1_006n } };
    const { folded, unfoldable } = foldWallets([first, wrong, following], none);
    expect(unfoldable).toEqual([
      { position: 2n, walletId: 'a', reason: 'wallet "a" version 2: balance 999 should be 105' },
    ]);
    expect(folded[0]).toMatchObject({ wallet: { version: 3, balanceMinor: 1_006n }, positions: [1n, 3n] });
  });

  it('refuses only the wallet whose first event can not be found', () => {
    const [, orphan] = positioned('a', [5n]);
    const { folded, unfoldable } = foldWallets(
      [...(orphan ? [orphan] : []), ...positioned('b', [], 3n)],
      none,
    );
    expect(unfoldable.map(({ position }) => position)).toEqual([2n]);
    expect(folded.map(({ wallet }) => wallet.id)).toEqual(['b']);
  });

  it('refuses another currency and a second creation', () => {
    const [first, second, third] = positioned('a', [5n, 7n]) as [StoredEvent, StoredEvent, StoredEvent];
    const { unfoldable } = foldWallets(
      [
        { ...second, event: { ...second.event, currency: 'EUR' } },
        { ...third, event: first.event },
      ],
      firstsOf(first),
    );
    expect(unfoldable.map(({ position }) => position)).toEqual([2n, 3n]);
  });

  it('asks for the first event of exactly the wallets that lack it', () => {
    const [, later] = positioned('a', [5n], 10n);
    expect(walletsWithoutFirst([...positioned('b', [5n]), ...(later ? [later, later] : [])])).toEqual(['a']);
  });
});
