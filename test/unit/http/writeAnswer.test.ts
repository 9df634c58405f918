import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { expect, it } from 'vitest';
import { createDirectListener } from '../../../src/http/directRequests.ts';
import { createGivenTo } from '../../../src/http/writeAnswer.ts';

// From the first listener on, every Response is one of the adapter.
getRequestListener(() => new Response(''));
const givenTo = createGivenTo();

const answer = () => new Response('{}', { status: 201, headers: { etag: '"1"' } });

it('the adapter keeps what a Response was made of, so no release of it makes commands slower unseen', () => {
  expect(givenTo(answer())).toEqual({ status: 201, headers: { etag: '"1"' }, body: '{}' });
});

it('an answer whose headers were asked for is written by the adapter, with all that changed since', () => {
  const changed = answer();
  changed.headers.append('vary', 'Origin');
  expect(givenTo(changed)).toBeUndefined();
});

it.each([
  ['no body', () => new Response(null, { headers: { etag: '"1"' } })],
  ['a stream', () => new Response(new ReadableStream(), { headers: {} })],
  ['pairs of headers', () => new Response('', { headers: [['etag', '"1"']] })],
  ['no headers', () => new Response('')],
])('an answer with %s is written by the adapter', (_, make) => {
  expect(givenTo(make())).toBeUndefined();
});

it('an answer that HTTP can’t carry ends its connection alone, and the failure is told', async () => {
  const failures: unknown[] = [];
  const listener = createDirectListener({
    routes: ({ incoming }) => {
      const headers = { etag: incoming.url === '/bad' ? '"\u20ac"' : '"1"' };
      return () => Promise.resolve(new Response('{}', { status: 201, headers }));
    },
    bodyBytesMax: 10,
    otherwise: () => undefined,
    refuse: () => new Response(null, { status: 500 }),
    onFailure: (error) => failures.push(error),
  });
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', body: '{}' });
  await expect(post('/bad')).rejects.toThrow('fetch failed');
  expect(failures).toMatchObject([{ code: 'ERR_INVALID_CHAR' }]);
  expect((await post('/good')).status).toBe(201);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
