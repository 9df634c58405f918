import { expect, it } from 'vitest';
import { autoStartPauseNote, resumedNote, stateAtStart } from '../../../src/temporal/ensureSchedules.ts';

const running = { paused: false, note: 'unpaused by Ann' };
const pausedByOperator = { paused: true, note: 'Ann looks into the index' };
const pausedByStart = { paused: true, note: autoStartPauseNote };

it.each([
  ['a running schedule keeps running', running, true, running],
  ['a running schedule is paused, with the reason', running, false, pausedByStart],
  ['its own pause is resumed', pausedByStart, true, { paused: false, note: resumedNote }],
  ['its own pause stays while it is off', pausedByStart, false, pausedByStart],
  ["an operator's pause stays when projectors start", pausedByOperator, true, pausedByOperator],
  ["an operator's pause keeps its note when they are off", pausedByOperator, false, pausedByOperator],
  ['a pause without a note is an operator’s', { paused: true }, true, { paused: true }],
] as const)('%s', (_, before, autoStart, after) => {
  expect(stateAtStart<{ paused: boolean; note?: string }>(before, autoStart)).toEqual(after);
});
