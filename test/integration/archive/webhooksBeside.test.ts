// A change that needs events of the log, beside the archive that takes them out of it. One of the two waits
// for the other, whichever came first.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detachSegment } from '../../../src/archive/archivedSegments.ts';
import { takeStep } from '../../../src/archive/steps.ts';
import { ArchivedError } from '../../../src/eventStore/retainedLog.ts';
import { changeEndpoint, resumeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { insertReplay } from '../../../src/webhooks/replayStore.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import {
  type ArchiveFixture,
  createArchiveFixture,
  letAge,
  narrow,
  timesOf,
} from '../../support/archiveFixture.ts';
import { beside, waitsForLock } from '../../support/besides.ts';
import { walletStream } from '../../support/walletStream.ts';
import { addEndpoint } from '../../support/webhookLane.ts';

let fixture: ArchiveFixture;
let id = '';
beforeEach(async () => {
  fixture = await createArchiveFixture();
  const credits = Array.from({ length: 19 }, () => 1n);
  await appendEvents(fixture.owner, walletStream('wallet-001', 100n, credits));
  await letAge(fixture);
  for (let steps = 0; steps < 4; steps += 1) expect(await takeStep(fixture.deps, 1, timesOf(7))).toBe('done');
  id = await addEndpoint(fixture.owner, 'http://127.0.0.1:9');
});
afterEach(() => fixture.close());

const detach = () => detachSegment(fixture.pool, 1, timesOf().archiveBefore);
const setEndpoint = (change: string) => fixture.owner.query(`update webhook_endpoints set ${change}`);
const disabled = `state = 'disabled', disabled_at = now(), disabled_reason = 'owner'`;

/** Each makes the archive wait from then on. Before it, nothing of the endpoint does. */
const changes = {
  'a replay': {
    prepare: () => Promise.resolve(),
    change: () =>
      insertReplay(fixture.pool, {
        ...{ id: 'whr_1', tenant: '', endpointId: id, types: null, from: new Date(0), until: new Date() },
        ...{ createdBy: 'test', idempotencyKey: 'r', requestHash: 'h' },
      }),
  },
  'an endpoint that is enabled': {
    prepare: () => setEndpoint(`${disabled}, position = ${narrow - 2}`),
    change: () => changeEndpoint(fixture.pool, '', id, { enabled: true }),
  },
  'a resume of an event that failed': {
    prepare: () =>
      fixture.owner.query(
        `insert into webhook_deliveries
           (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, state, attempts, settled_at)
         values ($1, 3, 0, 'wallet-001', 3, 'wallet.credited.v1', true, 'failed', 10, now())`,
        [id],
      ),
    change: () => resumeEndpoint(fixture.pool, '', id, 'parked'),
  },
} as const;

describe.each(Object.entries(changes))('%s', (_, { prepare, change }) => {
  beforeEach(async () => {
    await prepare();
  });

  it('that has begun is waited for by the archive, which then leaves its events', async () => {
    let changing: Promise<unknown> = Promise.resolve();
    await beside(fixture.owner, async (client) => {
      // It has looked where the log begins, and can't end.
      await client.query('lock table webhook_deliveries, webhook_replays in share mode');
      changing = change();
      await waitsForLock(fixture.owner, 'webhook_');
      await expect(detach()).rejects.toMatchObject({ code: '55P03' });
    });
    await changing;
    expect(await detach()).toBe('webhooks');
  });

  it('waits for an archive that has begun, and is then refused', async () => {
    let changing: Promise<unknown> = Promise.resolve();
    await beside(fixture.pool, async (client) => {
      await beside(fixture.owner, async (holder) => {
        await holder.query('select from webhook_endpoints for update');
        // It has looked for the place of a replay.
        changing = change();
        changing.catch(() => undefined);
        await waitsForLock(fixture.owner, 'webhook_endpoints');
        const { rows } = await client.query('select detach_log_segment(1, $1) as hindrance', [
          timesOf().archiveBefore,
        ]);
        expect(rows).toEqual([{ hindrance: null }]);
      });
      await waitsForLock(fixture.owner, 'pg_advisory_xact_lock_shared');
    });
    await expect(changing).rejects.toThrow(ArchivedError);
  });
});
