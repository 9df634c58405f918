// The rules that every process keeps from its start. A failed start is told in words, and requests to this
// machine never go through a proxy.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { endWithItsReader } from '../../cli/closedPipe.ts';
import { readConfig } from '../../src/config/config.ts';
import { reachLoopbackDirectly } from '../../src/loopbackDirect.ts';
import { startFailure } from '../../src/startFailure.ts';
import { rememberSuccess } from '../../src/telemetry/rememberSuccess.ts';
import { asksForKeys } from '../../stack/applications.ts';
import { StackError } from '../../stack/part.ts';
import { assertPortFree } from '../../worker/healthServer.ts';

describe('a failed start', () => {
  it('is told in words if a port is taken, also if closing fails after that', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const failure: unknown = await assertPortFree({ WORKER_HOST: '127.0.0.1', WORKER_PORT: port }).catch(
      (error: unknown) => error,
    );
    server.close();
    const words =
      `can't listen at 127.0.0.1:${port} (WORKER_HOST and WORKER_PORT): ` +
      'another program listens there already; stop it or choose another port';
    expect(startFailure(failure, 'WORKER_HOST and WORKER_PORT')).toBe(words);
    const closing = new SuppressedError(new Error('the connection is in use'), failure);
    expect(startFailure(closing, 'WORKER_HOST and WORKER_PORT')).toBe(words);
  });

  it('is told in words if a setting is wrong, and a defect keeps its stack', () => {
    const refused = (() => {
      try {
        return readConfig({ PORT: 'x' });
      } catch (error) {
        return error;
      }
    })();
    expect(startFailure(refused)).toContain('PORT must be a whole number');
    expect(startFailure(new StackError('Redis: no Python'))).toBe('Redis: no Python');
    expect(startFailure(new TypeError('x is not a function'))).toBeUndefined();
  });
});

describe('npm start', () => {
  it.each([
    [[], {}, false],
    [['--keys'], {}, true],
    [[], { ACCESS: 'keys' }, true],
    [['--keys'], { ACCESS: 'keys' }, true],
    [[], { ACCESS: 'open' }, false],
    [[], { ACCESS: '' }, false],
  ])('%j with %j asks for keys: %s', (args, environment, asks) => {
    expect(asksForKeys(args, environment)).toBe(asks);
  });

  it('starts nothing if ACCESS is misspelled, or says another thing than --keys', () => {
    expect(() => asksForKeys([], { ACCESS: 'Keys' })).toThrow('ACCESS must be keys or open, not "Keys".');
    expect(() => asksForKeys(['--keys'], { ACCESS: 'open' })).toThrow('ACCESS=open is set');
  });
});

describe('a proxy in the environment', () => {
  it.each([
    [{}, 'localhost,127.0.0.1,::1,[::1]'],
    [{ NO_PROXY: 'intern.example' }, 'intern.example,localhost,127.0.0.1,::1,[::1]'],
    [{ no_proxy: 'a, localhost' }, 'a,localhost,127.0.0.1,::1,[::1]'],
  ])('gets no loopback address: %o', (given, names) => {
    const environment: Record<string, string | undefined> = { http_proxy: 'http://proxy:3128', ...given };
    reachLoopbackDirectly(environment);
    expect(environment).toMatchObject({ no_proxy: names, NO_PROXY: names, http_proxy: 'http://proxy:3128' });
  });

  it('stays switched off for everything by a star', () => {
    const environment = { no_proxy: '*' };
    reachLoopbackDirectly(environment);
    expect(environment).toEqual({ no_proxy: '*' });
  });
});

it('a failed attempt is forgotten, and a success is shared', async () => {
  let attempts = 0;
  const read = rememberSuccess(() => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(new Error('away')) : Promise.resolve('made');
  });
  const both = await Promise.allSettled([read(), read()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await Promise.all([read(), read()])).toEqual(['made', 'made']);
  expect(attempts).toBe(2);
});

it('a closed pipe ends the command line quietly, and any other failed write is an error', () => {
  const exits: number[] = [];
  const listeners: ((error: Error & { code?: string }) => void)[] = [];
  const stream = { on: (_: string, listener: (error: Error) => void) => listeners.push(listener) };
  const exit = (code: number) => exits.push(code);
  endWithItsReader({ stdout: stream, stderr: stream, exit } as never);
  for (const hear of listeners) {
    hear(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(() => {
      hear(Object.assign(new Error('disk full'), { code: 'ENOSPC' }));
    }).toThrow('disk full');
  }
  expect(exits).toEqual([141, 141]);
});
