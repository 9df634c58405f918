import { getRequestListener } from '@hono/node-server';
import { expect, it } from 'vitest';
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
