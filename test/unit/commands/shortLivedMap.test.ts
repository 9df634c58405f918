import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createShortLivedMap, type ShortLivedMap } from '../../../src/commands/shortLivedMap.ts';

type Values = Pick<ShortLivedMap<number, readonly number[]>, 'set' | 'delete'>;

it('knows what was set and not deleted, in the order in which it came', () => {
  const map = createShortLivedMap<string, number>();
  map.set('a', 1);
  map.set('b', 2);
  map.set('c', 3);
  map.delete('a');
  map.delete('never set');
  expect([map.has('a'), map.get('a'), map.get('b')]).toEqual([false, undefined, 2]);
  expect([map.size, map.first(), [...map.keys()]]).toEqual([2, 2, ['b', 'c']]);
  map.set('b', 4);
  expect([map.size, map.first()]).toEqual([2, 4]);
  map.delete('b');
  map.delete('c');
  expect([map.size, map.first(), [...map.keys()]]).toEqual([0, undefined, []]);
});

it('leaves next to nothing of its values in the old generation, where a Map leaves all of them', () => {
  const inMap = bytesLeftBehind(new Map());
  const here = bytesLeftBehind(createShortLivedMap());
  expect(inMap).toBeGreaterThan(10_000_000);
  expect(here).toBeLessThan(inMap / 5);
});

/** Growth of the old generation by 20,000 values of a kilobyte, of which 64 are in the map at a time. */
function bytesLeftBehind(map: Values): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;
  const inMapAtOnce = 64;
  const replace = (count: number) => {
    for (let at = 0; at < count; at += 1) {
      map.set(at, new Array<number>(125).fill(at));
      map.delete(at - inMapAtOnce);
      if (at % 200 === 0) collect({ type: 'minor' });
    }
    for (let at = count - inMapAtOnce; at < count; at += 1) map.delete(at);
  };
  // The table of the map becomes old first, as that of a server is.
  replace(2_000);
  collect();
  const before = oldBytes();
  replace(20_000);
  collect({ type: 'minor' });
  collect({ type: 'minor' });
  return oldBytes() - before;
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
}
