// Sends a marked secret through every route, in each header and in each value of a body, and looks for it in
// every line of the log, in every label of a request's metrics, and in every answer.
import { expect, it } from 'vitest';
import { localCaller } from '../../../../src/access/caller.ts';
import { operations } from '../../../../src/api/operations.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { createBareApi } from '../../../support/bareApi.ts';

const secret = 'wk_live_marked0secret';
/** Short, because the parser of JSON quotes a few characters of what it can't read. */
const word = 'sesame7';

const lines: string[] = [];
const labels: unknown[] = [];
const apiFor = (known: boolean) =>
  createBareApi({
    authenticate: () => (known ? localCaller : undefined),
    log: createLog('trace', 'server', { write: (line) => lines.push(line) }),
    requestAnswered: (request) => labels.push(request),
  }).app;

const fields = [
  ...new Set(operations.flatMap((operation) => bodyFields(operation as { readonly body?: unknown }))),
];

function bodyFields({ body }: { readonly body?: unknown }): readonly string[] {
  const { shape } = (body ?? {}) as { readonly shape?: object };
  return Object.keys(shape ?? {});
}

const bodies = [
  JSON.stringify(Object.fromEntries(fields.map((name) => [name, secret]))),
  `${secret} is no JSON`,
  `{"note": ${secret}}`,
  `{"note": "${secret}"`,
  `["${secret}"]`,
  `{"note":"${secret}","note":"${secret}"}`,
  `{"note":${word}}`,
  word,
];

const headers: Readonly<Record<string, string>> = {
  authorization: `Bearer ${secret}`,
  cookie: `wallet-session=${secret}; other=${secret}`,
  'proxy-authorization': `Basic ${secret}`,
  'x-api-key': secret,
  'idempotency-key': secret,
  'user-agent': secret,
  referer: `https://shop.example/?key=${secret}`,
  'wallet-tenant': secret,
  'if-match': secret,
  'if-none-match': secret,
  'x-forwarded-for': secret,
};

/** Ids of wallets and of owners are names. They are in logs and answers on purpose. */
const names = /"(?:walletId|ownerId|workflowId)":"wk_live_marked0secret"/g;

it('no header and no value of a body is in a log, in a metric or in an answer', async () => {
  expect(fields.length).toBeGreaterThan(8);
  for (const app of [apiFor(true), apiFor(false)]) {
    const routes = app.routes.filter(({ handler }) => handler.length < 2);
    for (const { method, path } of routes) {
      const address = path.replaceAll(/:\w+(?:\{[^}]*\})?/g, 'x-1');
      const json = { 'content-type': 'application/json' };
      const sent = method === 'GET' ? [] : bodies.map((body) => ({ body, headers: json }));
      for (const init of [{ headers }, ...sent]) {
        if (path === '/console/stream') continue;
        const answer = await app.request(address, { method, ...init });
        const text = (await answer.text()).replaceAll(names, '');
        const shown = text + JSON.stringify([...answer.headers]);
        expect(shown, `${method} ${path} ${JSON.stringify(init)}`).not.toContain(secret);
        expect(shown, `${method} ${path}`).not.toContain(word);
      }
    }
  }
  expect(lines.length).toBeGreaterThan(100);
  expect(
    lines.filter((line) => [secret, word].some((text) => line.replaceAll(names, '').includes(text))),
  ).toEqual([]);
  expect(JSON.stringify(labels)).not.toContain(secret);
});
