// Compares the entries and movements of a period with a look at all of them, over random histories in which
// the times of the log do not follow its positions.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { searchMovements } from '../../../../src/api/movements/searchMovements.ts';
import { defaultTenant } from '../../../../src/domain/tenant.ts';
import type { NewEvent, WalletEvent } from '../../../../src/domain/events.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { readWalletEntries, type WalletEntry } from '../../../../src/projections/ledger/ledgerQueries.ts';
import { ledgerProjection } from '../../../../src/projections/ledger/ledgerSink.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime } from '../../../support/walletStream.ts';

let postings: ProjectionFixture;
let legs: ProjectionFixture;
beforeAll(async () => {
  postings = await createProjectionFixture();
  legs = await createProjectionFixture();
  await beginWithLegs(legs.pool, levels.postings);
});
afterAll(async () => {
  await postings.close();
  await legs.close();
});

let histories = 0;
beforeEach(() => {
  histories += 1;
});

/** `clockMs` is the clock of the process that makes the step. Clocks of two processes differ. */
const step = fc.record({
  kind: fc.constantFrom('credit', 'transfer', 'details'),
  from: fc.integer({ min: 0, max: 2 }),
  to: fc.integer({ min: 0, max: 2 }),
  clockMs: fc.constantFrom(-4, -1, 0, 0, 0, 1, 5),
});
type Step = ReturnType<typeof step.generate>['value_'];

interface Account {
  readonly walletId: string;
  version: number;
  balanceMinor: bigint;
  timeMs: number;
}

/** As the command path makes events: the time of a wallet never runs backwards (timeOfEvents). */
function eventsOf(prefix: string, steps: readonly Step[]): readonly NewEvent[] {
  const accounts = [0, 1, 2].map((nth): Account => ({
    ...{ walletId: `${prefix}-${nth}`, version: 0, balanceMinor: 100n, timeMs: 0 },
  }));
  const events: NewEvent[] = [];
  const take = (account: Account, timeMs: number, event: WalletEvent) => {
    account.version += 1;
    account.timeMs = timeMs;
    const { walletId, version } = account;
    events.push({ walletId, version, occurredAt: new Date(timeMs), event });
  };
  for (const account of accounts)
    take(account, someTime.getTime(), {
      ...{ type: 'WalletCreated', ownerId: 'owner', currency: 'USD', balanceMinor: 100n },
    });
  for (const [index, { kind, from, to, clockMs }] of steps.entries()) {
    const [one, other] = [accounts[from], accounts[to]];
    if (one === undefined || other === undefined) continue;
    const now = someTime.getTime() + index + clockMs;
    const moved = { currency: 'USD', amountMinor: 1n, description: '' };
    if (kind === 'credit') {
      one.balanceMinor += 1n;
      take(one, Math.max(now, one.timeMs), {
        ...{ type: 'WalletCredited', ...moved, balanceMinor: one.balanceMinor },
      });
    } else if (kind === 'details' || one === other) {
      const { version, balanceMinor } = one;
      take(one, Math.max(now, one.timeMs), {
        ...{ type: 'WalletDetailsChanged', currency: 'USD', balanceMinor, detailsVersion: version + 1 },
        details: { metadata: {}, labels: [] },
      });
    } else {
      one.balanceMinor -= 1n;
      other.balanceMinor += 1n;
      const timeMs = Math.max(now, one.timeMs, other.timeMs);
      const shared = { ...moved, transferId: `${prefix} ${index}` };
      take(one, timeMs, {
        ...{ type: 'TransferSent', ...shared, toWalletId: other.walletId },
        ...{ balanceMinor: one.balanceMinor, toBalanceMinor: other.balanceMinor },
      });
      take(other, timeMs, {
        ...{
          type: 'TransferReceived',
          ...shared,
          fromWalletId: one.walletId,
          balanceMinor: other.balanceMinor,
        },
      });
    }
  }
  return events;
}

const periods = fc.array(fc.tuple(fc.integer({ min: -6, max: 40 }), fc.integer({ min: 0, max: 12 })), {
  minLength: 4,
  maxLength: 8,
});

it.each(['postings', 'legs'])(
  'the entries of a period are those of all entries that happened in it, page by page: %s',
  async (form) => {
    const { pool } = form === 'legs' ? legs : postings;
    const every = { after: undefined, from: undefined, to: undefined, limit: 1_000 } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), periods, async (steps, asked) => {
        histories += 1;
        await appendEvents(pool, eventsOf(`h${histories}`, steps));
        await drainAll(pool, ledgerProjection);
        for (const walletId of [0, 1].map((nth) => `h${histories}-${nth}`))
          for (const order of ['asc', 'desc'] as const) {
            const { entries: all } = await readWalletEntries(pool, { ...every, walletId, order });
            for (const [fromMs, lengthMs] of asked) {
              const [from, to] = [fromMs, fromMs + lengthMs].map((ms) => new Date(someTime.getTime() + ms));
              for (const period of [
                { from, to },
                { from, to: undefined },
                { from: undefined, to },
              ]) {
                const wanted = all.filter(({ occurredAt }) => isIn(occurredAt, period));
                const found: WalletEntry[] = [];
                let after: bigint | undefined;
                do {
                  const page = { ...every, walletId, order, after, limit: 3, ...period };
                  const { entries } = await readWalletEntries(pool, page);
                  found.push(...entries);
                  after = entries.length < 3 ? undefined : entries.at(-1)?.position;
                } while (after !== undefined);
                expect(found).toEqual(wanted);
              }
            }
          }
      }),
      { numRuns: 12 },
    );
  },
);

interface Period {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

function isIn(time: Date, { from, to }: Period): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

it('the movements of a wallet in a period are those of all its movements that happened in it', async () => {
  const { pool } = postings;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), periods, async (steps, asked) => {
      histories += 1;
      const events = eventsOf(`h${histories}`, steps);
      const walletId = `h${histories}-0`;
      await appendEvents(pool, events);
      await writeRows(events);
      const search = async (period: Period, limit: number) => {
        const found: string[] = [];
        let from: bigint | undefined;
        let pages = 0;
        do {
          pages += 1;
          expect(pages, 'pages').toBeLessThan(40);
          const query = { tenant: defaultTenant, walletId, occurredFrom: period.from, occurredTo: period.to };
          const page = await searchMovements(pool, query, { limit, from });
          found.push(...page.movements.map(({ id }) => id));
          const { events: examined, newestPosition } = page.examined;
          expect(examined === 0n).toBe(newestPosition === null);
          from = page.next ?? undefined;
        } while (from !== undefined);
        return found;
      };
      const own = events.filter((event) => event.walletId === walletId);
      const all = await search({ from: undefined, to: undefined }, 100);
      expect(all.length).toBe(own.length);
      for (const [fromMs, lengthMs] of asked) {
        const [from, to] = [fromMs, fromMs + lengthMs].map((ms) => new Date(someTime.getTime() + ms));
        const wanted = all.filter((_, index) =>
          isIn(own.at(-1 - index)?.occurredAt ?? new Date(0), { from, to }),
        );
        for (const limit of [2, 100]) expect(await search({ from, to }, limit)).toEqual(wanted);
      }
    }),
    { numRuns: 12 },
  );
});

async function writeRows(events: readonly NewEvent[]): Promise<void> {
  const last = new Map(events.map((event) => [event.walletId, event]));
  for (const { walletId, version, event } of last.values())
    await postings.pool.query(
      `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
       values ($1::text, 'owner', 'USD', $2::bigint, $3::bigint, now(), now())`,
      [walletId, event.balanceMinor, version],
    );
}
