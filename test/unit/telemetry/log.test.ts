import { expect, it } from 'vitest';
import { createLog, type Log } from '../../../src/telemetry/log.ts';

function linesOf(write: (log: Log) => void): string {
  let lines = '';
  write(createLog('info', 'worker', { write: (line) => (lines += line) }));
  return lines;
}

it('writes one JSON line with level, time and process', () => {
  const line: unknown = JSON.parse(
    linesOf((log) => {
      log.info({ port: 3001 }, 'worker ready');
    }),
  );
  expect(line).toMatchObject({ level: 'info', process: 'worker', port: 3001, msg: 'worker ready' });
});

it.each([
  { headers: { authorization: 'Bearer hidden' } },
  { request: { headers: { 'x-api-key': 'hidden' } } },
  { request: { headers: { cookie: 'hidden' } } },
  { url: 'postgres://wallet:hidden@db:5432/wallet' },
  { err: new Error('no answer from redis://:hidden@cache:6379') },
  { err: new Error('outer', { cause: new Error('https://elastic:hidden@es:9200 refused') }) },
  { err: Object.assign(new Error('outer'), { meta: { headers: { authorization: 'hidden' } } }) },
])('keeps secrets out of %j', (fields) => {
  const lines = linesOf((log) => {
    log.error(fields, 'failed');
  });
  expect(lines).toContain('failed');
  expect(lines).not.toContain('hidden');
});

it.each([
  ['the cause of an error', new Error('outer', { cause: new Error('inner') })],
  ['what failed before a close failed', new SuppressedError(new Error('closing'), new Error('inner'))],
  ['what failed in closing', new SuppressedError(new Error('inner'), new Error('first'))],
  ['each of several errors', new AggregateError([new Error('one'), new Error('inner')])],
])('writes %s', (_, err) => {
  expect(
    linesOf((log) => {
      log.error({ err });
    }),
  ).toContain('"message":"inner"');
});

it('ends an error that contains itself', () => {
  const err = new Error('endless');
  err.cause = err;
  const lines = linesOf((log) => {
    log.error({ err });
  });
  expect(lines.match(/"message":"endless"/g)).toHaveLength(6);
});
