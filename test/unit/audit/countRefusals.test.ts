import { expect, it } from 'vitest';
import type { AuditedRequest } from '../../../src/audit/auditLog.ts';
import { createRefusalCounts, kindsMax } from '../../../src/audit/countRefusals.ts';

const request: AuditedRequest = {
  ...{ actor: undefined, tenant: undefined, address: '192.0.2.1', operation: 'pauseProjection' },
  ...{ target: 'ledger', reason: undefined, requestId: 'r-1' },
};
const outcome = { status: 401, code: 'UNAUTHENTICATED' };

function countingInto(isBroken = () => false) {
  const written: { operation: string; actor: string | undefined; address: string; requests: number }[] = [];
  const failed: unknown[] = [];
  const counts = createRefusalCounts({
    refused: ({ operation, actor, address }, _, requests) => {
      if (isBroken()) return Promise.reject(new Error('PostgreSQL is away'));
      written.push({ operation, actor, address, requests });
      return Promise.resolve();
    },
    onFailure: (error) => failed.push(error),
  });
  return { counts, written, failed };
}

it('a flood of callers whom nobody knows makes two rows a period, whatever they ask from wherever', async () => {
  const { counts, written } = countingInto();
  for (let caller = 0; caller < 10_000; caller += 1)
    counts.add({ ...request, address: `2001:db8::${caller}`, operation: `operation${caller % 50}` }, outcome);
  await counts.flush();
  expect(written).toMatchObject([
    { address: '2001:db8::0', requests: 1 },
    { address: '2001:db8::9999', requests: 9_999 },
  ]);
});

it('known callers are told apart up to a bound, and no refusal is left out of the sum', async () => {
  const { counts, written } = countingInto();
  for (let key = 0; key < 1_000; key += 1) counts.add({ ...request, actor: `key:${key}` }, outcome);
  await counts.flush();
  expect(written).toHaveLength(kindsMax + 2);
  expect(written.reduce((sum, { requests }) => sum + requests, 0)).toBe(1_000);
});

it('what PostgreSQL did not take is written at the end of a later period', async () => {
  let isBroken = true;
  const { counts, written, failed } = countingInto(() => isBroken);
  counts.add(request, outcome);
  counts.add(request, outcome);
  await counts.flush();
  expect([written, failed.length]).toEqual([[], 2]);
  isBroken = false;
  await counts.flush();
  expect(written).toMatchObject([{ requests: 2 }]);
  await counts.flush();
  expect(written).toHaveLength(1);
});
