// Command ids as clients are told them. The real API is asked in test/api/tenants.test.ts.
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createCommandIdCover } from '../../../src/api/wallets/commandIdCover.ts';
import { commandIdOfKey } from '../../../src/commands/commandIds.ts';

const since = new Date('2026-11-29T12:00:00Z');
const coverOf = (secret: Buffer, shownSince: Date | null = since) =>
  createCommandIdCover(() => ({ secret, shownSince }));
const cover = coverOf(randomBytes(32));

it('a thousand ids of keys are told under the cipher, and lead back to themselves', () => {
  for (let key = 0; key < 1_000; key += 1) {
    const inside = commandIdOfKey(`key-${key}`);
    const told = cover.shown(inside);
    expect(told).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(told).not.toBe(inside);
    expect(cover.shown(inside)).toBe(told);
    expect(cover.inside(told)).toEqual([told, inside]);
  }
});

it('ids that wait together are told as each alone, in whatever order they are asked for', () => {
  const ids = Array.from({ length: 100 }, (_, key) =>
    key % 7 === 0 ? randomUUID() : commandIdOfKey(`${key}`),
  );
  const asked = ids.map((id) => cover.shownLater(id));
  for (const index of [57, 3, 99, ...ids.keys()]) {
    if (index % 10 === 1) cover.shownLater(commandIdOfKey(`between-${index}`));
    expect(asked[index]?.()).toBe(cover.shown(ids[index] ?? ''));
  }
});

it('another secret tells another id, and does not lead back', () => {
  const inside = commandIdOfKey('credit-1');
  const other = coverOf(randomBytes(32));
  expect(other.shown(inside)).not.toBe(cover.shown(inside));
  expect(other.inside(cover.shown(inside))).not.toContain(inside);
});

it('an id without a key is random and stays as it is', () => {
  const id = randomUUID();
  expect(cover.shown(id)).toBe(id);
  expect(cover.mayName(id, { commandId: id, recordedAt: new Date(since.getTime() + 3_600_000) })).toBe(true);
});

it('an uncovered id names a record of before alone', () => {
  const commandId = commandIdOfKey('credit-1');
  const mayName = (minutes: number, given = commandId) =>
    cover.mayName(given, { commandId, recordedAt: new Date(since.getTime() + minutes * 60_000) });
  expect(mayName(-1)).toBe(true);
  // Another process may not have learnt of the cover yet.
  expect(mayName(9)).toBe(true);
  expect(mayName(11)).toBe(false);
  expect(mayName(11, cover.shown(commandId))).toBe(true);
});

it('ids are told uncovered while a process may run that does not know covered ones', () => {
  const secret = randomBytes(32);
  const waiting = coverOf(secret, null);
  const commandId = commandIdOfKey('credit-1');
  expect(waiting.shown(commandId)).toBe(commandId);
  // A process that learnt of the cover before may have told the covered one.
  expect(waiting.inside(coverOf(secret).shown(commandId))).toContain(commandId);
  expect(waiting.mayName(commandId, { commandId, recordedAt: new Date() })).toBe(true);
});
