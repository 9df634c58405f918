// Adds the postings of a segment to the sums of the ledger before it. The mapping gives the postings, and not
// the ledger, which may have to be rebuilt from these sums.
import type { Pool, PoolClient } from 'pg';
import type { BookableRecord } from '../domain/events.ts';
import { scopedId, tenantOf } from '../domain/tenant.ts';
import { readEventsAfter } from '../eventStore/read/readEvents.ts';
import { readPackedLog, unpackLog } from '../eventStore/read/readPackedLog.ts';
import { postingsOrReason } from '../projections/ledger/ledgerSink.ts';
import type { Layer, Posting, Side } from '../projections/ledger/postings.ts';
import { type OpeningAccount, readOpeningAccounts } from '../projections/ledger/sums/openingAccounts.ts';
import { decodeEvents } from '../projections/projectEvents.ts';
import type { Move } from './openWallets.ts';

/** The sums after the segment. */
export async function openAccounts(pool: Pool, move: Move): Promise<readonly OpeningAccount[]> {
  const { above, upTo, pageSize, betweenPages } = move;
  const sums = new Map((await readOpeningAccounts(pool, above)).map((sum) => [keyOf(sum), sum]));
  for (let after = above; after < upTo;) {
    const rest = Number(upTo - after);
    const events = await readPage(pool, after, Math.min(pageSize, rest));
    for (const event of events) {
      const postings = postingsOrReason(event);
      if ('reason' in postings) continue;
      for (const posting of postings) add(sums, posting);
    }
    after += BigInt(Math.min(pageSize, rest));
    betweenPages();
  }
  return [...sums.values()];
}

/** An event that this release can't read has no postings. It is parked, so its segment is not archived. */
async function readPage(pool: Pool, after: bigint, limit: number): Promise<readonly BookableRecord[]> {
  const events: BookableRecord[] = [];
  if (unpackLog(await readPackedLog(pool, after, limit), (event) => events.push(event))) return events;
  return decodeEvents(await readEventsAfter(pool, after, limit)).events;
}

function add(
  sums: Map<string, OpeningAccount>,
  { debit, credit, layer, currency, amountMinor }: Posting,
): void {
  const key = {
    tenantPrefix: scopedId(tenantOf(debit.walletId ?? credit.walletId ?? ''), ''),
    currency,
    debitClass: classOf(debit, layer),
    creditClass: classOf(credit, layer),
  };
  const before = sums.get(keyOf(key))?.amountMinor ?? 0n;
  sums.set(keyOf(key), { ...key, amountMinor: before + amountMinor });
}

function classOf({ walletId }: Side, layer: Layer): string {
  if (walletId !== null) return 'wallet';
  return layer === 'pending' ? 'holds' : 'settlement';
}

/** No part of it has a space. */
function keyOf({
  tenantPrefix,
  currency,
  debitClass,
  creditClass,
}: Omit<OpeningAccount, 'amountMinor'>): string {
  return `${tenantPrefix} ${currency} ${debitClass} ${creditClass}`;
}

/** Writes the sums of a position, and deletes those that no ledger begins with any more. */
export async function writeOpeningAccounts(
  client: PoolClient,
  position: bigint,
  accounts: readonly OpeningAccount[],
): Promise<void> {
  await client.query({
    name: 'write-opening-accounts',
    text: `
      insert into opening_accounts (position, tenant_prefix, currency, debit_class, credit_class, amount_minor)
      select $1::bigint, tenant_prefix, currency, debit_class, credit_class, amount_minor
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[])
               as sums (tenant_prefix, currency, debit_class, credit_class, amount_minor)`,
    values: [
      position,
      accounts.map(({ tenantPrefix }) => tenantPrefix),
      accounts.map(({ currency }) => currency),
      accounts.map(({ debitClass }) => debitClass),
      accounts.map(({ creditClass }) => creditClass),
      accounts.map(({ amountMinor }) => amountMinor.toString()),
    ],
  });
  await client.query({
    name: 'delete-opening-accounts',
    text: `
      delete from opening_accounts
       where position < $1::bigint
         and position not in (select begins_after from ledger_form)
         and position not in (select begins_after from ledger_rebuilds)`,
    values: [position],
  });
}
