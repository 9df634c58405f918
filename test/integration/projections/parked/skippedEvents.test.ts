// The column `skipped_at` is computed from a text that every release writes. So releases that run side by
// side agree about skipped events.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { parkEvents } from '../../../../src/projections/parked/parkedEvents.ts';
import { skipParked } from '../../../../src/projections/parked/resolveParked.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const park = () =>
  inDatabaseTransaction(fixture.pool, (client) =>
    parkEvents(
      client,
      'ledger',
      [1n, 2n, 3n].map((position) => ({ position, walletId: 'wallet-001', reason: 'a test' })),
    ),
  );

it('an event that was skipped by the release before stays skipped, and one that was booked does not', async () => {
  const { pool } = fixture;
  await park();
  await skipParked(pool, 'ledger', 1n, 'by this release');
  const resolve = (position: number, resolution: string) =>
    pool.query(
      'update projection_failures set resolved_at = now(), resolution = $2::text where position = $1::bigint',
      [position, resolution],
    );
  await resolve(2, 'skipped: by the release before');
  await resolve(3, 'taken by a retry');
  await park();
  const { rows } = await pool.query(
    `select resolution, skipped_at is not null and skipped_at = resolved_at as skipped
       from projection_failures
      order by position`,
  );
  expect(rows).toEqual([
    { resolution: 'skipped: by this release', skipped: true },
    { resolution: 'skipped: by the release before', skipped: true },
    { resolution: null, skipped: false },
  ]);
});
