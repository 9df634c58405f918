// Compares what each tenant is shown, once the system is quiet, with the rows that are its own. Every list is
// read to its end, so a thing of another tenant is one too many.
import type { Pool } from 'pg';
import { readCommandIdCover } from '../../../harness/commandIdCover.ts';
import { bareId, scopedId, tenantOf } from '../../../src/domain/tenant.ts';
import { exchange, inTenant } from './client.ts';
import { decimalOf } from '../../support/model/amounts.ts';
import type { SystemUnderTest } from './round.ts';

interface OwnRows {
  readonly walletIds: readonly string[];
  readonly movementIds: readonly string[];
  readonly commandIds: readonly string[];
  /** Positions by wallet id. */
  readonly positions: ReadonlyMap<string, readonly number[]>;
  readonly entries: ReadonlyMap<string, number>;
  /** As the trial balance ends with them. */
  readonly totals: string;
}

/** Pages of one list at most. */
const pagesMax = 200;
/** Of so many wallets or commands one is read by its id. */
const step = { wallets: 10, commands: 40 };

/** Every difference, in words. `read` counts the answers. */
export async function compareViews(
  { urls, database }: Pick<SystemUnderTest, 'urls' | 'database'>,
  tenants: readonly string[],
): Promise<{ readonly findings: readonly string[]; readonly read: number }> {
  const findings: string[] = [];
  let read = 0;
  const { shown } = await readCommandIdCover(database);
  const rows = new Map<string, OwnRows>();
  for (const tenant of tenants) rows.set(tenant, await readOwnRows(database, tenant));
  for (const [tenant, own] of rows) {
    const get: Get = async (path) => {
      read += 1;
      const answer = await exchange(`${urls[read % urls.length] ?? ''}${path}`, {
        headers: inTenant(tenant),
      });
      const text = answer?.text ?? '{}';
      for (const other of tenants.filter((one) => one !== ''))
        if (text.includes(`${other}/`) || (other !== tenant && text.includes(other)))
          findings.push(`${path} tells "${tenant}" of "${other}": ${text}`);
      return text;
    };
    const same = (path: string, found: unknown, expected: unknown) => {
      const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
      if (one !== other) findings.push(`${path} shows "${tenant}" ${one} instead of ${other}`);
    };
    same('/wallets', await all(get, '/wallets', 'wallets', 'id'), own.walletIds);
    const movements = await all(get, '/movements', 'movements', 'movementId');
    same('/movements', movements.toSorted(), own.movementIds);
    for (const id of own.walletIds.filter((_, at) => at % step.wallets === 0)) {
      const events = await all(get, `/wallets/${id}/events`, 'events', 'position');
      same(`the events of ${id}`, events, own.positions.get(id));
      const entries = await all(get, `/wallets/${id}/ledger`, 'entries', 'position');
      same(`the ledger of ${id}`, entries.length, own.entries.get(id) ?? 0);
    }
    const totals = (await get('/ledger/trial-balance')).replace(/^.*"totals":/, '');
    if (totals !== `${own.totals}}`)
      findings.push(`the totals show "${tenant}" ${totals} instead of ${own.totals}}`);
    for (const [other, { commandIds }] of rows)
      for (const id of commandIds.filter((_, at) => at % step.commands === 0)) {
        const { outcome } = JSON.parse(await get(`/commands/${shown(id)}`)) as { outcome?: string };
        same(`a command of "${other}"`, outcome, other === tenant ? 'committed' : 'unknown');
      }
  }
  return { findings, read };
}

type Get = (path: string) => Promise<string>;

/** One member of every row of a list. */
async function all(get: Get, path: string, list: string, member: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let cursor = '';
  for (let page = 0; page < pagesMax; page += 1) {
    const text = await get(`${path}?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const rows = (answer[list] ?? []) as readonly Readonly<Record<string, unknown>>[];
    found.push(...rows.map((row) => row[member]));
    if (typeof answer.nextCursor !== 'string') return found;
    cursor = answer.nextCursor;
  }
  throw new Error(`${path} has more than ${pagesMax} pages`);
}

async function readOwnRows(database: Pool, tenant: string): Promise<OwnRows> {
  const { rows: everyEvent } = await database.query<{
    id: string;
    version: number;
    position: number;
    type: string;
    command: string;
  }>(
    `select wallet_id as id, version::integer, position::integer, type, command_id::text as command
       from events
      order by position`,
  );
  const { rows: everyEntry } = await database.query<{ account: string; currency: string; amount: string }>(
    `select account, currency, amount_minor::text as amount from ledger_entries where direction = 'debit'
     union all
     select account, currency, '0' from ledger_entries where direction = 'credit'`,
  );
  const events = everyEvent.filter(({ id }) => tenantOf(id) === tenant);
  const entries = everyEntry.filter(({ account }) => tenantOf(accountId(account)) === tenant);
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of entries) sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  const totals = [...sums]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([currency, minor]) => {
      const sum = decimalOf(minor, currency);
      return `{"currency":"${currency}","debits":${sum},"credits":${sum},"balanced":true}`;
    });
  const byWallet = Map.groupBy(events, ({ id }) => bareId(id));
  return {
    walletIds: [...byWallet.keys()].toSorted(),
    movementIds: events
      .filter(({ type }) => type !== 'TransferReceived' && type !== 'TransferReturnReceived')
      .map(({ id, version }) => `${bareId(id)}@${version}`)
      .toSorted(),
    commandIds: [...new Set(events.map(({ command }) => command))],
    positions: new Map([...byWallet].map(([id, own]) => [id, own.map(({ position }) => position)])),
    entries: new Map(
      [...byWallet.keys()].map((id) => [
        id,
        entries.filter(({ account }) => account === `wallet:${scopedId(tenant, id)}`).length,
      ]),
    ),
    totals: `[${totals.join()}]`,
  };
}

function accountId(account: string): string {
  return account.slice(account.indexOf(':') + 1);
}
