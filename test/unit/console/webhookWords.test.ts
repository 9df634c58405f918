// The words about a webhook endpoint: whether it delivers, since when and why not, what to do, and what a
// resume from now leaves out.
import { describe, expect, it } from 'vitest';
import type { SendReason } from '../../../src/webhooks/send.ts';
import type { Endpoint } from '../../../console/webhookQueries.ts';
import {
  adviceOf,
  attemptInWords,
  filterInWords,
  leftOutByNow,
  replayState,
  stateOf,
  waitingInWords,
} from '../../../console/webhookWords.ts';

const since = '2026-11-30T10:00:00.000Z';
const nowMs = Date.parse('2026-11-30T10:04:00.000Z');
const well: Endpoint = {
  ...{ id: 'whe_1', url: 'https://hooks.example.com/', types: null, walletIds: null, labels: null },
  ...{
    ordered: true,
    signing: 'hmac',
    description: '',
    status: 'delivering',
    disabledAt: null,
    disabledReason: null,
  },
  ...{ createdAt: since, createdBy: 'key:k', changedAt: since, delivered: 7, lastEventAt: since },
  ...{ lastSuccessAt: since, failingSince: null, pending: 0 },
  lastAttempt: { status: 200, reason: null, ms: 12 },
};
const lastAttempt = { status: 500, reason: 'status', ms: 42 };
const retried: Endpoint = { ...well, status: 'retrying', failingSince: since, pending: 3, lastAttempt };
const disabled = { ...well, status: 'disabled', disabledAt: since } as const;

describe('the state of an endpoint', () => {
  it.each<[string, Endpoint, string, string, RegExp]>([
    ['is well', well, 'badge-well', 'delivers', /^$/],
    ['lacks some events', { ...well, pending: 2 }, 'badge-watch', 'delivers', /but for 2 events/],
    [
      'began to fail',
      { ...well, failingSince: since },
      'badge-watch',
      'delivers',
      /and fails since .*4 min ago/,
    ],
    ['fails', retried, 'badge-wrong', 'retried', /since .*4 min ago/],
    [
      'was disabled by a person',
      { ...disabled, disabledReason: 'owner' },
      '',
      'disabled',
      /by a person since .*4 min ago/,
    ],
    [
      'answered 410',
      { ...disabled, disabledReason: 'gone' },
      'badge-wrong',
      'disabled',
      /by this service since .*410/,
    ],
    [
      'failed for days',
      { ...disabled, disabledReason: 'failing' },
      'badge-wrong',
      'disabled',
      /by this service since .*five days/,
    ],
  ])('that %s', (_, endpoint, badge, title, words) => {
    const state = stateOf(endpoint, nowMs);
    expect(state).toMatchObject({ badge, title });
    expect(state.words).toMatch(words);
  });
});

describe('an attempt', () => {
  it('that was answered tells the status and its class', () => {
    expect(attemptInWords(lastAttempt)).toBe('500 (5xx) after 42 ms');
    expect(attemptInWords({ status: 200, reason: null, ms: 12 })).toBe('200 (2xx) after 12 ms');
    expect(attemptInWords({ status: 302, reason: 'redirect', ms: 1 })).toBe(
      '302 (3xx), a redirect, and none is followed after 1 ms',
    );
  });

  it.each<SendReason>([
    ...(['redirect', 'timeout', 'connectTimeout', 'nameNotResolved', 'addressNotAllowed'] as const),
    ...(['urlNotAllowed', 'connectionRefused', 'unreachable', 'connectionFailed'] as const),
    ...(['connectionClosed', 'tls', 'badAnswer', 'serviceError'] as const),
  ])('that ended with %s is told in words, with what to do', (reason) => {
    const attempt = { status: null, reason, ms: 1_000 };
    expect(attemptInWords(attempt)).not.toBe(`${reason} after 1 s`);
    const advice = adviceOf({ ...retried, lastAttempt: attempt });
    expect(advice).not.toBe(adviceOf(retried));
  });

  it('of a reason that this page does not know shows it unchanged', () => {
    expect(attemptInWords({ status: null, reason: 'newReason', ms: 1 })).toBe('newReason after 1 ms');
  });
});

describe('the advice', () => {
  it('about an endpoint that is well is none', () => {
    expect(adviceOf(well)).toBeUndefined();
  });

  it.each<[string, Endpoint, RegExp]>([
    ['that fails by itself', retried, /fails by itself.*every five minutes.*Resume from parked/],
    ['that refuses', { ...retried, lastAttempt: { ...lastAttempt, status: 401 } }, /the URL and the secret/],
    [
      'that asks for a pause',
      { ...retried, lastAttempt: { ...lastAttempt, status: 429 } },
      /asks for a pause/,
    ],
    [
      'that answered 410',
      { ...disabled, disabledReason: 'gone', lastAttempt: { ...lastAttempt, status: 410 } },
      /wants nothing more.*Once “Test” succeeds/,
    ],
    ['that a person disabled', { ...disabled, disabledReason: 'owner' }, /“Enable” goes on/],
    ['of which some events failed', { ...well, pending: 1 }, /The list below says which/],
  ])('about a receiver %s', (_, endpoint, words) => {
    expect(adviceOf(endpoint)).toMatch(words);
  });
});

it('a filter names its few values, and counts many', () => {
  expect(filterInWords(well)).toBe('all types, all wallets');
  const types = ['a', 'b', 'c', 'd'];
  expect(filterInWords({ types, walletIds: ['w-1', 'w-2'], labels: ['vip', 'eu'] })).toBe(
    '4 types, w-1 or w-2, with label vip or eu',
  );
});

it('what waits is counted, but for newer events of a receiver that gets nothing', () => {
  expect(waitingInWords(well)).toBe('nothing');
  expect(waitingInWords({ ...well, pending: 1 })).toBe('1 event');
  expect(waitingInWords(retried)).toBe('3 events and newer ones');
  expect(waitingInWords(disabled)).toBe('newer events');
});

describe('a resume from now tells that it leaves out', () => {
  it.each<[string, Partial<Endpoint>, string]>([
    ['what was not sent', {}, 'It leaves out every event after '],
    [
      'what failed, and what waits for it',
      { pending: 3 },
      'It leaves out 3 events that failed, the later events of their wallets, and every event after ',
    ],
    [
      'what failed without order',
      { pending: 1, ordered: false },
      'It leaves out 1 event that failed, and every event after ',
    ],
    ['all since it was made', { lastEventAt: null }, 'It leaves out every event after 2026-11-30 '],
  ])('%s', (_, change, words) => {
    const told = leftOutByNow({ ...well, ...change });
    expect(told).toContain(words);
    expect(told).toContain('never gets them, unless you replay that time');
  });
});

describe('the state of a replay', () => {
  const running = {
    ...{ outcome: null, progress: 41, endedAt: null, nextAttemptAt: '2026-11-30T10:09:00.000Z' },
    lastFailure: null,
  };
  const lastFailure = { status: 503, reason: 'status', attempts: 2 };
  const ended = { endedAt: since, nextAttemptAt: null };

  it.each([
    ['goes on', running, '', '41 %', /^$/],
    [
      'waits for its receiver',
      { ...running, lastFailure },
      'badge-watch',
      '41 %',
      /^waits: 503 \(5xx\), tried again at /,
    ],
    [
      'has sent everything',
      { ...running, ...ended, outcome: 'sent', progress: 100 } as const,
      'badge-well',
      'sent',
      /^since .* \(4 min ago\)$/,
    ],
    [
      'was given up',
      { ...running, ...ended, outcome: 'failed', lastFailure } as const,
      'badge-wrong',
      'failed',
      /^at 41 % since .*: 503 \(5xx\)\. Ask for it again once “Test” succeeds\.$/,
    ],
  ])('that %s', (_, replay, badge, title, words) => {
    const state = replayState(replay, nowMs);
    expect(state).toMatchObject({ badge, title });
    expect(state.words).toMatch(words);
  });
});
