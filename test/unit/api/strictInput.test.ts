// Sends each operation more than it declares. The cases are made from the list of operations, so a new
// operation is tested as soon as it is declared.
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/api/openApi/operation.ts';
import type { z } from '../../../src/api/http/zod.ts';
import { operations } from '../../../src/api/operations.ts';
import { createBareApi } from '../../support/bareApi.ts';

const all: readonly Operation[] = operations;
const changes = all.filter(({ method }) => method !== 'get');
const reads = all.filter(({ method, tag }) => method === 'get' && tag !== 'Process');

const { app, touched: called } = createBareApi();

interface Sent {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What Node.js saw on the socket. `Headers` would join or drop what came twice. */
  readonly rawHeaders?: readonly string[];
}

/** The headers without which the operation does nothing. */
function neededBy({ headers, example }: Operation): Readonly<Record<string, string>> {
  const needed = Object.entries(headers?.shape ?? {}).filter(
    ([, schema]) => !(schema as z.ZodType).safeParse(undefined).success,
  );
  return Object.fromEntries(needed.map(([name]) => [name, example.headers?.[name] ?? '']));
}

async function send(operation: Operation, { query = '', headers = {}, body, rawHeaders }: Sent) {
  called.length = 0;
  const { params = {}, body: example } = operation.example;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
  const text = body ?? (example === undefined ? undefined : JSON.stringify(example));
  const hasBody = operation.method !== 'get' && text !== undefined;
  const init = {
    method: operation.method.toUpperCase(),
    headers: { ...(hasBody && { 'content-type': 'application/json' }), ...neededBy(operation), ...headers },
    ...(hasBody && { body: text }),
  };
  const env = rawHeaders === undefined ? {} : { incoming: { url: path, rawHeaders } };
  const response = await app.request(`${path}${query}`, init, env);
  const answer = (await response.json()) as { readonly code?: string; readonly errors?: readonly object[] };
  return { status: response.status, answer, touched: [...called] };
}

/** The request must be refused with these errors, and nothing may have been called for it. */
async function expectRefused(operation: Operation, sent: Sent, ...errors: readonly object[]): Promise<void> {
  const { status, answer, touched } = await send(operation, sent);
  expect({ status, code: answer.code, touched }).toEqual({
    status: 400,
    code: 'VALIDATION_FAILED',
    touched: [],
  });
  expect(answer.errors).toEqual(errors.map((error) => expect.objectContaining(error) as unknown));
}

describe.each(changes.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
  it('does something if it is asked as declared', async () => {
    const { touched } = await send(operation, {});
    expect(touched).not.toEqual([]);
  });

  it('refuses every query parameter that it does not declare, and names it', async () => {
    await expectRefused(operation, { query: '?dryRun=true' }, { parameter: 'dryRun' });
    await expectRefused(operation, { query: '?a=1&b' }, { parameter: 'a' }, { parameter: 'b' });
    await expectRefused(operation, { query: '?=x' }, { parameter: '' });
    await expectRefused(operation, { query: '?constructor=x' }, { parameter: 'constructor' });
    for (const name of Object.keys(operation.query?.shape ?? {}))
      await expectRefused(operation, { query: `?${name}=1&${name}=1` }, { parameter: name });
  });

  it('takes a question mark without a parameter', async () => {
    expect((await send(operation, { query: '?' })).touched).not.toEqual([]);
  });

  it('refuses a member of the body that it does not declare, and names it', async () => {
    const body = JSON.stringify({ ...operation.example.body, dryRun: true });
    await expectRefused(operation, { body }, { pointer: '/dryRun' });
  });

  it('refuses a header that must stand alone and comes twice, alike or not', async () => {
    const json = ['Content-Type', 'application/json'];
    for (const second of ['application/json', 'text/plain'])
      await expectRefused(
        operation,
        { rawHeaders: [...json, 'content-type', second] },
        { header: 'Content-Type', detail: 'must be sent once' },
      );
    const twice = ['Content-Encoding', 'Idempotency-Key'].filter(
      (name) =>
        name !== 'Idempotency-Key' || Object.hasOwn(operation.headers?.shape ?? {}, 'idempotency-key'),
    );
    for (const header of twice)
      await expectRefused(
        operation,
        { rawHeaders: [...json, header, 'a', header.toUpperCase(), 'b'] },
        { header, detail: 'must be sent once' },
      );
    expect((await send(operation, { rawHeaders: json })).touched).not.toEqual([]);
  });

  it('refuses a header that asks for something it does not do', async () => {
    const known = Object.keys(operation.headers?.shape ?? {});
    const asking = ['if-match', 'if-none-match', 'if-unmodified-since', 'idempotency-key', 'range'];
    const strange = ['x-idempotency-key', 'idempotency_key', 'idempotent-key', 'x-http-method-override'];
    for (const header of [...asking.filter((name) => !known.includes(name)), ...strange])
      await expectRefused(
        operation,
        { headers: { [header]: '"1"' } },
        { header: expect.stringMatching(new RegExp(`^${header}$`, 'i')) as string },
      );
  });
});

describe.each(reads.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
  it('refuses every query parameter that it does not declare, and names it', async () => {
    const given = new URLSearchParams(operation.example.query).toString();
    const query = `?${given === '' ? '' : `${given}&`}dryRun=true`;
    await expectRefused(operation, { query }, { parameter: 'dryRun' });
  });
});

it('a refusal of many unknown parameters is short', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `${'x'.repeat(40)}${index}=`);
  const [operation] = changes;
  const { answer } = await send(operation as Operation, { query: `?${names.join('&')}` });
  expect(answer.errors?.length).toBeLessThan(10);
  expect(JSON.stringify(answer).length).toBeLessThan(4_000);
});
