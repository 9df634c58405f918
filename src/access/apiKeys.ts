// The table of API keys. It is read when a process meets a key that it does not remember, and changed by the
// routes under /keys. Invariant: no statement reads or writes the secret of a key, because no table has it.
import type { ClientBase, Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { KeyHash } from './peppers.ts';

/** What anybody may see of a key. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: string;
  readonly operator: boolean;
  readonly name: string;
  /** As they were granted. A release may know fewer. `*` is every scope of the release. */
  readonly scopes: readonly string[];
  /** Addresses or networks; null if it may be used from anywhere. */
  readonly allowedAddresses: readonly string[] | null;
  readonly pepperId: string;
  readonly createdAt: Date;
  /** The actor that made it. */
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly replacedBy: string | null;
  readonly lastUsedAt: Date | null;
  readonly status: 'active' | 'expired' | 'revoked';
}

export type NewKey = Pick<
  ApiKey,
  'id' | 'tenant' | 'operator' | 'name' | 'scopes' | 'allowedAddresses' | 'createdBy'
> &
  KeyHash & { readonly expiresAt: Date | null };

/** What a process has to know to judge a key. */
export interface StoredKey extends KeyHash {
  readonly id: string;
  readonly tenant: string;
  readonly operator: boolean;
  readonly scopes: readonly string[];
  readonly allowedAddresses: readonly string[] | null;
  readonly revoked: boolean;
  /** Milliseconds until it expires, by the clock of the database; null if it never does. */
  readonly msLeft: number | null;
}

interface StoredRow {
  readonly id: string;
  readonly tenant: string;
  readonly operator: boolean;
  readonly scopes: string[];
  readonly allowed_addresses: string[] | null;
  readonly pepper_id: string;
  readonly secret_hash: Buffer;
  readonly revoked: boolean;
  readonly ms_left: number | null;
}

type Session = Pick<ClientBase, 'query'>;

/** Undefined if there is no such key. */
export async function findKey(session: Session, id: string): Promise<StoredKey | undefined> {
  const { rows } = await session.query<StoredRow>({
    name: 'find-api-key',
    text: `
      select id,
             tenant,
             operator,
             scopes,
             allowed_addresses,
             pepper_id,
             secret_hash,
             revoked_at is not null as revoked,
             (extract(epoch from expires_at - clock_timestamp()) * 1000)::double precision as ms_left
        from api_keys
       where id = $1::text`,
    values: [id],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const { allowed_addresses, pepper_id, secret_hash, ms_left, ...same } = row;
  return {
    ...same,
    allowedAddresses: allowed_addresses,
    pepperId: pepper_id,
    hash: secret_hash,
    msLeft: ms_left,
  };
}

/** Grows with every change that may end a key. */
export async function readKeyChanges(session: Session): Promise<string> {
  const { rows } = await session.query<{ counter: string }>({
    name: 'read-api-key-changes',
    text: `
      select counter::text as counter
        from api_key_changes`,
  });
  return rows[0]?.counter ?? '';
}

/** Notes that the key was used, at most once a minute. Gives it the newer hash, if there is one. */
export async function noteKeyUse(session: Session, id: string, newer: KeyHash | undefined): Promise<void> {
  await session.query({
    name: 'note-api-key-use',
    text: `
      update api_keys
         set last_used_at = clock_timestamp(),
             pepper_id = coalesce($2::text, pepper_id),
             secret_hash = coalesce($3::bytea, secret_hash)
       where id = $1::text
         and ($2::text <> pepper_id
              or last_used_at is null
              or last_used_at < clock_timestamp() - interval '1 minute')`,
    values: [id, newer?.pepperId ?? null, newer?.hash ?? null],
  });
}

interface Row {
  readonly id: string;
  readonly tenant: string;
  readonly operator: boolean;
  readonly name: string;
  readonly scopes: string[];
  readonly allowed_addresses: string[] | null;
  readonly pepper_id: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly replaced_by: string | null;
  readonly last_used_at: Date | null;
  readonly status: ApiKey['status'];
}

const columns = `
             id,
             tenant,
             operator,
             name,
             scopes,
             allowed_addresses,
             pepper_id,
             created_at,
             created_by,
             expires_at,
             revoked_at,
             replaced_by,
             last_used_at,
             case when revoked_at is not null then 'revoked'
                  when expires_at <= clock_timestamp() then 'expired'
                  else 'active'
             end as status`;

export async function insertKey(session: Session, key: NewKey): Promise<ApiKey> {
  const { rows } = await session.query<Row>({
    name: 'insert-api-key',
    text: `
      insert into api_keys (id, tenant, operator, name, scopes, allowed_addresses, pepper_id, secret_hash,
                            created_by, expires_at)
      values ($1::text, $2::text, $3::boolean, $4::text, $5::text[], $6::text[], $7::text, $8::bytea, $9::text,
              $10::timestamptz)
      returning ${columns}`,
    values: [
      ...[key.id, key.tenant, key.operator, key.name, key.scopes, key.allowedAddresses],
      ...[key.pepperId, key.hash, key.createdBy, key.expiresAt],
    ],
  });
  return only(rows);
}

/** Which keys a caller may see and change. */
export interface KeyReach {
  readonly tenant: string;
  /** Keys of operators are seen by operators alone. */
  readonly operators: boolean;
}

/** At most `limit` keys after `after`, in order of id. */
export async function listKeys(
  session: Session,
  { tenant, operators }: KeyReach,
  after: string,
  limit: number,
): Promise<readonly ApiKey[]> {
  const { rows } = await session.query<Row>({
    name: 'list-api-keys',
    text: `
      select ${columns}
        from api_keys
       where tenant = $1::text
         and (not operator or $2::boolean)
         and id > $3::text
       order by id
       limit $4::integer`,
    values: [tenant, operators, after, limit],
  });
  return rows.map(toApiKey);
}

/** Undefined if there is no such key within reach. */
export async function readKey(
  session: Session,
  { tenant, operators }: KeyReach,
  id: string,
): Promise<ApiKey | undefined> {
  const { rows } = await session.query<Row>({
    name: 'read-api-key',
    text: `
      select ${columns}
        from api_keys
       where id = $1::text
         and tenant = $2::text
         and (not operator or $3::boolean)`,
    values: [id, tenant, operators],
  });
  return rows[0] === undefined ? undefined : toApiKey(rows[0]);
}

/** Ends a key at once. The first time and actor stay. */
export async function revokeKey(session: Session, id: string, actor: string): Promise<ApiKey> {
  const { rows } = await session.query<Row>({
    name: 'revoke-api-key',
    text: `
      update api_keys
         set revoked_at = coalesce(revoked_at, clock_timestamp()),
             revoked_by = coalesce(revoked_by, $2::text)
       where id = $1::text
      returning ${columns}`,
    values: [id, actor],
  });
  return only(rows);
}

/**
 * Adds the successor and lets the old key end after the overlap, or earlier if it had an end of its own.
 * Undefined if the old key has ended or has a successor already.
 */
export async function replaceKey(
  pool: Pool,
  id: string,
  successor: NewKey,
  overlapHours: number,
): Promise<ApiKey | undefined> {
  return inDatabaseTransaction(pool, async (client) => {
    if (!(await lockReplaceable(client, id))) return undefined;
    const added = await insertKey(client, successor);
    await client.query({
      name: 'replace-api-key',
      text: `
        update api_keys
           set replaced_by = $2::text,
               expires_at = least(expires_at, clock_timestamp() + make_interval(hours => $3::integer))
         where id = $1::text`,
      values: [id, successor.id, overlapHours],
    });
    return added;
  });
}

async function lockReplaceable(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'lock-replaceable-api-key',
    text: `
      select id
        from api_keys
       where id = $1::text
         and replaced_by is null
         and revoked_at is null
         and (expires_at is null or expires_at > clock_timestamp())
         for update`,
    values: [id],
  });
  return rowCount === 1;
}

function only(rows: readonly Row[]): ApiKey {
  const [row] = rows;
  if (row === undefined) throw new Error('the API key is not there');
  return toApiKey(row);
}

function toApiKey(row: Row): ApiKey {
  const { id, tenant, operator, name, scopes, status } = row;
  return {
    ...{ id, tenant, operator, name, scopes, status },
    allowedAddresses: row.allowed_addresses,
    pepperId: row.pepper_id,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    replacedBy: row.replaced_by,
    lastUsedAt: row.last_used_at,
  };
}
