import { expect, it } from 'vitest';
import { retryAfterMsOf } from '../../../src/webhooks/retryAfter.ts';

const day = 24 * 60 * 60 * 1_000;
const nowMs = Date.parse('2026-11-30T08:00:00Z');

it.each([
  ['no header', undefined, undefined],
  ['seconds', '120', 120_000],
  ['no seconds at all', '0', 0],
  ['more than a day', '86401', day],
  ['very many seconds', '999999999999', day],
  ['a date', 'Mon, 30 Nov 2026 08:02:00 GMT', 120_000],
  ['a date of the past', 'Mon, 30 Nov 2026 07:58:00 GMT', 0],
  ['a date beyond a day', 'Fri, 01 Jan 2027 00:00:00 GMT', day],
  ['a date that is none', 'Mon, 99 Nov 2026 08:02:00 GMT', undefined],
  ['a part of a second', '1.5', undefined],
  ['less than nothing', '-5', undefined],
  ['words', 'soon', undefined],
  ['nothing', '', undefined],
  ['two headers', ['1', '2'], undefined],
])('%s', (_, given, expected) => {
  expect(retryAfterMsOf({ 'retry-after': given }, nowMs)).toBe(expected);
});

it('a date counts from the date of the answer, whatever the clock here says', () => {
  const headers = { 'retry-after': 'Mon, 30 Nov 2026 08:02:00 GMT', date: 'Mon, 30 Nov 2026 08:01:00 GMT' };
  expect(retryAfterMsOf(headers, 0)).toBe(60_000);
});
