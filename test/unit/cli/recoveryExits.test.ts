// Follows recoveries that ended in every way, against a service that this file plays. A script that goes by
// the exit code must never take an incomplete verification or a partial rebuild for a good one.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { exits } from '../../../cli/exits.ts';
import { createProgram, runProgram } from '../../../cli/program.ts';

const whole = {
  head: 6,
  comparedTo: 6,
  parked: 0,
  skipped: 0,
  records: 1,
  complete: true,
  logIsBroken: false,
};
const clean = { wallets: 2, events: 6, differences: [], differencesCount: 0, remaining: null };
const differences = [{ where: 'ledger', position: 2, fields: ['leg 1 missing'] }];
const verify = ['verify'];
const rebuild = ['rebuild', '--all'];

/** What was typed, how the recovery ended, the exit code, and a word of the answer. */
const ends: Readonly<Record<string, readonly [readonly string[], object, number, RegExp]>> = {
  'a complete and clean verification': [verify, { ...clean, coverage: whole }, exits.done, /event 6 of 6/],
  'a verification with skipped events': [
    verify,
    { ...clean, coverage: { ...whole, skipped: 1 } },
    exits.done,
    /1 skipped/,
  ],
  'a verification of an older release': [verify, clean, exits.done, /completed/],
  'a verification that did not compare everything': [
    verify,
    { ...clean, coverage: { ...whole, comparedTo: 5, complete: false } },
    exits.differs,
    /event 5 of 6, so this is no complete verification/,
  ],
  'a verification with parked events': [
    verify,
    { ...clean, coverage: { ...whole, parked: 1, complete: false } },
    exits.differs,
    /1 parked/,
  ],
  'a verification with a difference': [
    verify,
    { ...clean, differences, differencesCount: 1, coverage: whole },
    exits.differs,
    /leg 1 missing/,
  ],
  'a repair that left nothing': [
    [...verify, '--repair'],
    {
      ...{ ...clean, differences, differencesCount: 1, coverage: whole },
      remaining: { differences: [], differencesCount: 0 },
    },
    exits.done,
    /repaired/,
  ],
  'a repair that was refused, because the log is broken': [
    [...verify, '--repair'],
    { ...clean, differences, differencesCount: 1, coverage: { ...whole, logIsBroken: true } },
    exits.differs,
    /the log itself lacks events/,
  ],
  'a rebuild without broken streams': [rebuild, { brokenStreams: 0 }, exits.done, /completed/],
  'a rebuild with broken streams': [rebuild, { brokenStreams: 2 }, exits.differs, /names the broken streams/],
};

let out: string;
let recovery: object;
beforeEach(() => {
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  vi.stubGlobal('fetch', (_: unknown, { method = 'GET' }: RequestInit) =>
    Promise.resolve(Response.json(recovery, { status: method === 'POST' ? 202 : 200 })),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const run = (words: readonly string[]) =>
  runProgram(createProgram('http://wallets.example:3000'), [...words]);
const ended = { workflowId: 'some-recovery', url: 'http://ui', failure: null, progress: null };

it.each(Object.entries(ends))(
  '%s has its exit code and its words',
  async (_, [words, result, code, said]) => {
    recovery = { ...ended, state: 'COMPLETED', result };
    expect(await run(words)).toBe(code);
    expect(out).toMatch(said);
  },
);

it.each(['FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'])('%s is never done', async (state) => {
  recovery = { ...ended, state, result: null, failure: 'the log has no event at position 2' };
  expect(await run(verify)).toBe(exits.differs);
  expect(out).toContain('the log has no event at position 2');
});
