import { expect, it } from 'vitest';
import { createRoundTurns } from '../../../src/webhooks/roundTurns.ts';

it('an endpoint that was turned away has its turn before one that has just had a round', () => {
  const turns = createRoundTurns(2, () => 0);
  expect([turns.begin('a', false), turns.begin('b', false), turns.begin('c', false)]).toEqual([
    true,
    true,
    false,
  ]);
  turns.end();
  expect(turns.begin('a', false)).toBe(false);
  expect(turns.begin('c', false)).toBe(true);
  turns.end();
  expect(turns.begin('a', false)).toBe(true);
});

it('endpoints that were turned away have their turns in the order in which they came', () => {
  const turns = createRoundTurns(1, () => 0);
  expect(turns.begin('a', false)).toBe(true);
  for (const id of ['b', 'c', 'b']) expect(turns.begin(id, false)).toBe(false);
  turns.end();
  expect(turns.begin('c', false)).toBe(false);
  expect(turns.begin('b', false)).toBe(true);
  turns.end();
  expect(turns.begin('c', false)).toBe(true);
});

it('an endpoint that does not come again keeps nobody waiting for long', () => {
  let nowMs = 0;
  const turns = createRoundTurns(1, () => nowMs);
  expect([turns.begin('a', false), turns.begin('gone', false)]).toEqual([true, false]);
  turns.end();
  expect(turns.begin('a', false)).toBe(false);
  nowMs = 10_001;
  expect(turns.begin('a', false)).toBe(true);
});

it('a round that an operator asked for begins at once', () => {
  const turns = createRoundTurns(1, () => 0);
  expect([turns.begin('a', false), turns.begin('b', false), turns.begin('b', true)]).toEqual([
    true,
    false,
    true,
  ]);
});
