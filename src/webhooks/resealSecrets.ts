// Moves secrets that are stored under a later key of WEBHOOK_SECRETS_KEY to the first one. Each run of the
// drain begins with it. So the later key can be removed soon after all processes have the new order.
//
// Invariant: a secret stays what it was. A box that was replaced meanwhile is left alone.
import type { Pool } from 'pg';
import { type SecretBox, SecretBoxError } from './secretBox.ts';

/** Secrets of one page, and pages of one run. The next run goes on. */
const pageRows = 500;
const pagesMax = 10;

interface StoredSecret {
  readonly endpoint_id: string;
  readonly number: number;
  readonly box: Buffer;
}

/** Returns how many secrets it stored anew. One that can't be opened stays as it is. */
export async function resealSecrets(pool: Pick<Pool, 'query'>, box: SecretBox): Promise<number> {
  const [, ...laterHeads] = box.heads;
  if (laterHeads.length === 0) return 0;
  let resealed = 0;
  let after = { endpoint_id: '', number: 0 };
  for (let page = 0; page < pagesMax; page += 1) {
    const rows = await readSealedUnder(pool, laterHeads, after);
    resealed += await replaceBoxes(
      pool,
      rows.flatMap((row) => resealedOf(box, row)),
    );
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) break;
    after = last;
  }
  return resealed;
}

interface Resealed extends StoredSecret {
  readonly next: Buffer;
}

function resealedOf(box: SecretBox, row: StoredSecret): readonly Resealed[] {
  try {
    return [{ ...row, next: box.seal(box.open(row.box, row.endpoint_id), row.endpoint_id) }];
  } catch (error) {
    // A damaged one must not keep the others from the new key. Its endpoint tells that it stands still.
    if (error instanceof SecretBoxError) return [];
    throw error;
  }
}

async function readSealedUnder(
  pool: Pick<Pool, 'query'>,
  heads: readonly Buffer[],
  after: Pick<StoredSecret, 'endpoint_id' | 'number'>,
): Promise<readonly StoredSecret[]> {
  const { rows } = await pool.query<StoredSecret>({
    name: 'read-webhook-secrets-of-later-keys',
    text: `
      select endpoint_id, number, box
        from webhook_secrets
       where (endpoint_id, number) > ($1::text, $2::integer)
         and substring(box from 1 for 5) = any($3::bytea[])
       order by endpoint_id, number
       limit $4::integer`,
    values: [after.endpoint_id, after.number, heads, pageRows],
  });
  return rows;
}

async function replaceBoxes(pool: Pick<Pool, 'query'>, given: readonly Resealed[]): Promise<number> {
  if (given.length === 0) return 0;
  const { rowCount } = await pool.query({
    name: 'reseal-webhook-secrets',
    text: `
      update webhook_secrets as secrets
         set box = given.next
        from unnest($1::text[], $2::integer[], $3::bytea[], $4::bytea[])
               as given (endpoint_id, number, box, next)
       where secrets.endpoint_id = given.endpoint_id
         and secrets.number = given.number
         and secrets.box = given.box`,
    values: [
      given.map(({ endpoint_id }) => endpoint_id),
      given.map(({ number }) => number),
      given.map(({ box }) => box),
      given.map(({ next }) => next),
    ],
  });
  return rowCount ?? 0;
}
