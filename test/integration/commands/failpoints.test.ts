// Checks the named steps at which the fault tests end a process. The process ends at the right step and
// passage, and never without the setting.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/configError.ts';
import { type FailpointName, failpointsOf } from '../../../src/failpoints.ts';
import { drainBatch } from '../../../src/projections/drain/drainBatch.ts';
import { createTestApi, post, testConfig } from '../../support/api.ts';
import { createProjectionFixture } from '../../support/projections.ts';

const root = path.resolve(import.meta.dirname, '../../..');
let file: string;

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'wallet-crash-')), 'point');
});
afterEach(() => {
  rmSync(path.dirname(file), { recursive: true });
});

/** Runs a process that passes the steps in turn and prints each step that it survives. */
function passSteps(steps: readonly string[]): { signal: NodeJS.Signals | null; passed: string } {
  const program = `
    import { writeSync } from 'node:fs';
    import { failpointsOf } from ${JSON.stringify(path.join(root, 'src/failpoints.ts'))};
    const { failpoint } = failpointsOf(${JSON.stringify(file)});
    for (const step of ${JSON.stringify(steps)}) { failpoint(step); writeSync(1, step + ' '); }`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return { signal, passed: stdout.trim() };
}

it('a process ends at the step and the passage that the file names, and says so before', () => {
  writeFileSync(file, JSON.stringify({ point: 'afterLock', passage: 2, signal: 'SIGKILL', arming: 1 }));
  const steps = ['afterLock', 'beforeAppend', 'afterLock', 'afterAppend'];
  expect(passSteps(steps)).toEqual({ signal: 'SIGKILL', passed: 'afterLock beforeAppend' });
  expect(existsSync(`${file}.reached`)).toBe(true);
});

it('a process passes every step while no file names one', () => {
  expect(passSteps(['beforeLock', 'afterLock'])).toEqual({ signal: null, passed: 'beforeLock afterLock' });
});

it('without the setting there are no failpoints, and a production process refuses the setting', () => {
  expect(failpointsOf(readConfig({}).TEST_CRASH_POINT_FILE)).toEqual({});
  expect(() => readConfig({ TEST_CRASH_POINT_FILE: file, NODE_ENV: 'production' })).toThrow(ConfigError);
  expect(readConfig({ TEST_CRASH_POINT_FILE: file }).TEST_CRASH_POINT_FILE).toBe(file);
});

it('a command and the two projections pass their steps in this order', async () => {
  const fixture = await createProjectionFixture();
  const steps: FailpointName[] = [];
  const failpoint = (point: FailpointName) => void steps.push(point);
  const api = createTestApi(testConfig(fixture.databaseUrl), { failpoint }, { failpoint });
  try {
    await fixture.readModel.prepare?.();
    expect((await post(api, '/wallets', { walletId: 'w-1', ownerId: 'o' })).status).toBe(201);
    await drainBatch(fixture.pool, fixture.readModel, 100, { failpoint });
    await drainBatch(fixture.pool, fixture.ledger, 100, { failpoint });
    expect(steps).toEqual([
      ...['beforeLock', 'afterLock', 'beforeAppend', 'appendSent', 'afterAppend', 'beforeAnswer'],
      ...['afterRead', 'afterPageWritten', 'afterElasticsearch', 'beforeCheckpoint', 'afterCheckpoint'],
      ...['afterRead', 'afterPageWritten', 'afterLedgerInsert', 'beforeCheckpoint', 'afterCheckpoint'],
    ]);
  } finally {
    await api.close();
    await fixture.close();
  }
});
