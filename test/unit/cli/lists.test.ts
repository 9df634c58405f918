// Every list of the CLI says how many rows it shows and how to go on. The lists are those commands that take
// a cursor.
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgram, everyCommand, runProgram } from '../../../cli/program.ts';

const url = 'http://wallets.example:3000';
const isList = (command: Command) => command.options.some(({ long }) => long === '--cursor');
const lists = everyCommand(createProgram(url))
  .filter(isList)
  .map((command) => {
    const parent = command.parent?.parent ? [command.parent.name()] : [];
    return [...parent, command.name(), ...command.registeredArguments.map(() => 'wallet-1')];
  });

const members = [
  ...['wallets', 'events', 'entries', 'movements', 'holds', 'failures', 'recoveries', 'keys', 'tenants'],
  ...['endpoints', 'deliveries', 'replays', 'segments'],
];
let said: { out: string; err: string };
let asked: (string | null)[];

/** A service that answers every list with two rows a page, on three pages. */
function answer(address: string): Response {
  const cursor = new URL(address).searchParams.get('cursor');
  asked.push(cursor);
  const page = Number(cursor ?? 1);
  const row = (of: number) => ({
    walletId: `row-${of}`,
    id: `row-${of}`,
    movementId: `row-${of}`,
    holdId: `row-${of}`,
    eventId: `row-${of}`,
    workflowId: `row-${of}`,
    ...{ target: `row-${of}`, outcome: null, requests: 1 },
    scopes: [],
    ...{ types: null, lastAttempt: null, lastFailure: null },
    ...{ segment: of, state: `row-${of}`, to: of },
  });
  const rows = [row(page * 2 - 1), row(page * 2)];
  const body = {
    ...Object.fromEntries(members.map((member) => [member, rows])),
    ...{ opening: {}, closing: {}, totals: null },
    ...{ archives: true, archivedSegments: 0, archivedBytes: 0, next: null },
    ...{ unreadable: [], examined: { events: 5 }, nextCursor: page === 3 ? null : String(page + 1) },
  };
  return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
}

beforeEach(() => {
  said = { out: '', err: '' };
  asked = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true));
  vi.stubGlobal('fetch', (address: string) => Promise.resolve(answer(address)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const run = async (...words: readonly string[]) => {
  expect(await runProgram(createProgram(url), [...words])).toBe(0);
};
const shown = () => new Set(said.out.match(/row-\d/g)).size;

it('the lists are found by their options', () => {
  expect(lists.map(([first, second]) => (first === 'recovery' ? `${first} ${second ?? ''}` : first))).toEqual(
    expect.arrayContaining(['list', 'history', 'ledger', 'movement', 'parked', 'recovery list']),
  );
});

describe.each(lists.map((words) => [words.join(' '), words] as const))('wallet %s', (_, words) => {
  it('says that there is more, and how to read it', async () => {
    await run(...words, '--limit', '2');
    expect(shown()).toBe(2);
    expect(said.err).toMatch(/^2 .*; more with --cursor 2, or all with --all$/m);
  });

  it('says that this is all', async () => {
    await run(...words, '--cursor', '3');
    expect(said.err).toMatch(/^that is (all|the end)/m);
    expect(said.err).not.toContain('more with');
  });

  it('shows every page with --all, as one document for a script', async () => {
    await run(...words, '--all', '--json');
    expect(asked).toEqual([null, '2', '3']);
    const document = JSON.parse(said.out) as Record<string, unknown>;
    expect(shown()).toBe(6);
    expect(document.nextCursor).toBeNull();
    expect(said.err).toBe('');
  });
});

it('a history shows the event that the service cannot read among the others', async () => {
  const occurredAt = '2026-11-01T00:00:00.000Z';
  const row = (version: number) => ({ position: version, version, movementId: `w@${version}`, occurredAt });
  const created = { ...row(1), type: 'WalletCreated', ownerId: 'o', balance: '7.00', currency: 'USD' };
  const mark = { ...row(2), type: 'Unreadable', recordedType: 'WalletPainted', reason: 'unknown type' };
  const body = JSON.stringify({ events: [created, mark], nextCursor: null });
  const headers = { 'content-type': 'application/json' };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { headers })));
  await run('history', 'w');
  expect(said.out).toMatch(/7\.00 .*w@1/);
  expect(said.out).toMatch(/WalletPainted .*can't be read: unknown type .*w@2/);
});
