// Answers that are sent piece by piece, without a socket.
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../../../src/api/context.ts';
import { createAnswerPieces } from '../../../../src/api/http/pieces.ts';
import { ProblemError } from '../../../../src/api/http/problems.ts';

afterEach(() => {
  vi.useRealTimers();
});

interface Made {
  pieces: number;
  ended: number;
  failures: string[];
}

/** An application whose answers have endless pieces, unless a piece fails. */
function createEndless({ failsAt = Infinity, answersMax = 1 } = {}) {
  const made: Made = { pieces: 0, ended: 0, failures: [] };
  async function* endless(): AsyncGenerator<string, void> {
    try {
      for (;;) {
        if (made.pieces === failsAt) throw new Error('the database is gone');
        made.pieces += 1;
        yield await Promise.resolve('piece;');
      }
    } finally {
      made.ended += 1;
    }
  }
  const answerPieces = createAnswerPieces({
    ...{ answersMax, timeMaxMs: 60_000 },
    onFailure: ({ message }) => made.failures.push(message),
  });
  const app = new Hono<Environment>();
  app.get('/', (c) => answerPieces(c, endless(), { 'content-type': 'text/csv' }));
  app.onError((error, c) =>
    error instanceof ProblemError ? c.text(error.problem.code, 503) : c.text(error.message, 500),
  );
  return { made, ask: (method = 'GET') => app.request('/', { method }) };
}

const readerOf = ({ body }: Response) => {
  if (body === null) throw new Error('the answer has no body');
  return body.getReader();
};

describe('an answer in pieces', () => {
  it('makes no piece before the client has taken the one before it', async () => {
    const { made, ask } = createEndless();
    const reader = readerOf(await ask());
    expect(made.pieces).toBe(1);
    for (const taken of [1, 2, 3]) {
      await reader.read();
      expect(made.pieces).toBe(taken);
    }
    await reader.cancel();
    expect(made).toMatchObject({ pieces: 3, ended: 1, failures: [] });
  });

  it('is refused beyond the number at once, until one is over', async () => {
    const { ask } = createEndless();
    const first = readerOf(await ask());
    expect(await (await ask()).text()).toBe('TOO_MANY_READS');
    await first.cancel();
    expect((await ask()).status).toBe(200);
  });

  it('breaks off if a piece fails, and frees its place', async () => {
    const { made, ask } = createEndless({ failsAt: 2 });
    await expect((await ask()).text()).rejects.toThrow('the database is gone');
    expect(made).toEqual({ pieces: 2, ended: 1, failures: ['the database is gone'] });
    expect((await ask()).status).not.toBe(503);
  });

  it('is an ordinary refusal if the first piece fails', async () => {
    const { made, ask } = createEndless({ failsAt: 0 });
    expect(await (await ask()).text()).toBe('the database is gone');
    expect((await ask()).status).toBe(500);
    expect(made.failures).toEqual([]);
  });

  it('ends at once for HEAD', async () => {
    const { made, ask } = createEndless();
    expect((await ask('HEAD')).headers.get('content-type')).toBe('text/csv');
    expect((await ask('HEAD')).status).toBe(200);
    expect(made.ended).toBe(2);
  });

  it('ends after its longest time, though the client still takes pieces', async () => {
    vi.useFakeTimers();
    const { made, ask } = createEndless();
    const reader = readerOf(await ask());
    await reader.read();
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(reader.read()).rejects.toThrow('took longer than 60000 ms');
    expect(made.failures).toEqual(['an answer took longer than 60000 ms']);
    expect((await ask()).status).toBe(200);
  });
});
