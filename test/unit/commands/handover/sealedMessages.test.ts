import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMessageSeal } from '../../../../src/commands/handover/sealedMessages.ts';

const key = randomBytes(32);

function pair() {
  const [a, b] = [randomUUID(), randomUUID()];
  return { a, b, ofA: createMessageSeal(key, a), ofB: createMessageSeal(key, b) };
}

describe('a sealed message', () => {
  it('is opened by its receiver, who learns its sender', () => {
    const { a, b, ofA, ofB } = pair();
    const opened = ofB.open(ofA.seal(b, Buffer.from('credit')));
    expect(opened).toEqual({ from: a, content: Buffer.from('credit') });
  });

  it('shows nothing of its content', () => {
    const { b, ofA } = pair();
    expect(ofA.seal(b, Buffer.from('owner-1')).includes('owner-1')).toBe(false);
  });

  it('is opened once, and no older one after it', () => {
    const { b, ofA, ofB } = pair();
    const [first, second] = [ofA.seal(b, Buffer.from('1')), ofA.seal(b, Buffer.from('2'))];
    expect(ofB.open(second)).toBeDefined();
    expect(ofB.open(second)).toBeUndefined();
    expect(ofB.open(first)).toBeUndefined();
  });

  it('is not opened by another process, under another key, or if a bit of it differs', () => {
    const { a, b, ofA, ofB } = pair();
    const message = ofA.seal(b, Buffer.from('credit'));
    expect(createMessageSeal(key, randomUUID()).open(message)).toBeUndefined();
    expect(createMessageSeal(randomBytes(32), b).open(message)).toBeUndefined();
    for (let at = 0; at < message.length; at += 1) {
      const changed = Buffer.from(message);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(ofB.open(changed), `byte ${at}`).toBeUndefined();
    }
    // None of them kept the right one from being opened.
    expect(ofB.open(message)?.from).toBe(a);
  });

  it('is not taken for one of the other direction', () => {
    const { a, ofA, ofB } = pair();
    const message = ofB.seal(a, Buffer.from('ends'));
    expect(ofB.open(message)).toBeUndefined();
    expect(ofA.open(message)).toBeDefined();
  });

  it('may be anything, and anything else is not opened', () => {
    const { b, ofA, ofB } = pair();
    expect(ofB.open(ofA.seal(b, Buffer.alloc(0)))?.content).toHaveLength(0);
    for (const length of [0, 1, 28, 29, 44, 45, 1_000]) expect(ofB.open(randomBytes(length))).toBeUndefined();
    expect(ofB.open(Buffer.concat([Buffer.from([1]), randomBytes(100)]))).toBeUndefined();
  });
});

it('a process remembers its latest peers', () => {
  const b = randomUUID();
  const ofB = createMessageSeal(key, b);
  const ofFirst = createMessageSeal(key, randomUUID());
  expect(ofB.open(ofFirst.seal(b, Buffer.from('1')))).toBeDefined();
  for (let count = 0; count < 300; count += 1)
    expect(ofB.open(createMessageSeal(key, randomUUID()).seal(b, Buffer.from('1')))).toBeDefined();
  expect(ofB.open(ofFirst.seal(b, Buffer.from('2')))).toBeDefined();
});

it('a message of a peer that goes on sending is never opened again, however many others come', () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const [ofA, ofB] = [createMessageSeal(key, a), createMessageSeal(key, b)];
  const first = ofA.seal(b, Buffer.from('credit'));
  expect(ofB.open(first)).toBeDefined();
  for (let count = 0; count < 300; count += 1) {
    expect(ofB.open(createMessageSeal(key, randomUUID()).seal(b, Buffer.from('1')))).toBeDefined();
    expect(ofB.open(first), `after ${count} others`).toBeUndefined();
    expect(ofB.open(ofA.seal(b, Buffer.from('2')))).toBeDefined();
  }
});
