// The database itself keeps the log and the audit log: nothing changes or deletes an event, an audited action
// or its outcome, or takes the head back, unless the owner of the table says so in the session.
import { DatabaseError, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendEvents } from '../../support/appendEvents.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let fixture: ProjectionFixture;
let pool: Pool;
beforeAll(async () => {
  fixture = await createProjectionFixture();
  ({ pool } = fixture);
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
});
afterAll(() => fixture.close());

const damage = [
  'update events set data = data where position = 2',
  'update events set occurred_at = now() where false',
  'delete from events where position = 2',
  'delete from events where false',
  'truncate events',
  'update log_head set position = position - 1',
  'update log_head set position = 0',
  'delete from log_head',
  'truncate log_head',
  'truncate events, outbox_rows, wallets',
  "update audit_log set actor = 'somebody else'",
  'update audit_log set reason = null where false',
  'delete from audit_log',
  'truncate audit_log, audit_outcomes',
  'update audit_outcomes set status = 200',
  'delete from audit_outcomes where false',
];

const readLog = async () => {
  const { rows } = await pool.query<Record<string, unknown>>(
    'select events.*, log_head.position as head from events, log_head order by events.position',
  );
  return rows;
};

describe.each(damage)('%s', (statement) => {
  it('is refused to every role, the owner included', async () => {
    const before = await readLog();
    const refused = await pool.query(statement).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect(refused).toMatchObject({ code: '42501' });
    expect((refused as DatabaseError).hint).toContain('wallet.change_log');
    expect(await readLog()).toEqual(before);
  });
});

it('a change by the owner who says so is let through, in that database transaction only', async () => {
  await changeLog(pool, "update events set metadata = '{}' where position = 2");
  await expect(pool.query('delete from events')).rejects.toThrow('is refused');
  expect(await readLog()).toMatchObject([{ position: '1' }, { position: '2', metadata: {} }]);
});

it('the log still grows, and its head rises', async () => {
  await appendEvents(pool, walletStream('wallet-002', 100n));
  expect(await readLog()).toHaveLength(3);
});
