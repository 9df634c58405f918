// The secrets of an endpoint as they are stored, encrypted. A rotation adds one and gives those before it an
// end. Until then each of them signs, so a receiver can change over when it likes.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Signing } from './endpoint.ts';

/** Secrets that sign at once. A further rotation ends the oldest ones early. */
const validSecretsMax = 5;

/** A secret that replaces those before it. */
export interface NextSecret {
  /** The encrypted secret. */
  readonly box: Buffer;
  readonly signing: Signing;
  /** For so long the earlier ones sign, too. */
  readonly overlapHours: number;
}

/** Adds a secret. Those before it end after the overlap. False if the tenant has no such endpoint. */
export async function addSecret(
  pool: Pool,
  tenant: string,
  endpointId: string,
  { box, signing, overlapHours }: NextSecret,
): Promise<boolean> {
  return inDatabaseTransaction(pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'store-signing-of-webhook-endpoint',
      text: `
        update webhook_endpoints
           set signing = $3::text
         where tenant = $1::text
           and id = $2::text`,
      values: [tenant, endpointId, signing],
    });
    if (rowCount !== 1) return false;
    await client.query({
      name: 'end-webhook-secrets-later',
      text: `
        update webhook_secrets
           set valid_until = least(valid_until, clock_timestamp() + $2::double precision * interval '1 hour')
         where endpoint_id = $1::text`,
      values: [endpointId, overlapHours],
    });
    await client.query({
      name: 'insert-webhook-secret',
      text: `
        insert into webhook_secrets (endpoint_id, number, box)
        select $1::text, coalesce(max(number), 0) + 1, $2::bytea
          from webhook_secrets
         where endpoint_id = $1::text`,
      values: [endpointId, box],
    });
    await client.query({
      name: 'delete-ended-webhook-secrets',
      text: `
        delete from webhook_secrets
         where endpoint_id = $1::text
           and (valid_until <= clock_timestamp()
                or number <= (select max(number)
                                from webhook_secrets
                               where endpoint_id = $1::text) - $2::integer)`,
      values: [endpointId, validSecretsMax],
    });
    return true;
  });
}

/** The valid ones, the newest first. */
export async function readSecrets(pool: Pick<Pool, 'query'>, endpointId: string): Promise<readonly Buffer[]> {
  const { rows } = await pool.query<{ box: Buffer }>({
    name: 'read-webhook-secrets',
    text: `
      select box
        from webhook_secrets
       where endpoint_id = $1::text
         and (valid_until is null or valid_until > now())
       order by number desc`,
    values: [endpointId],
  });
  return rows.map(({ box }) => box);
}

/** A secret as its owner may see it: how old it is, and until when it signs. */
export interface SecretAge {
  readonly createdAt: Date;
  /** Null for the newest one. */
  readonly validUntil: Date | null;
}

/** The ages of the valid ones, the newest first. */
export async function readSecretAges(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
): Promise<readonly SecretAge[]> {
  const { rows } = await pool.query<{ created_at: Date; valid_until: Date | null }>({
    name: 'read-webhook-secret-ages',
    text: `
      select created_at, valid_until
        from webhook_secrets
       where endpoint_id = $1::text
         and (valid_until is null or valid_until > now())
       order by number desc`,
    values: [endpointId],
  });
  return rows.map(({ created_at: createdAt, valid_until: validUntil }) => ({ createdAt, validUntil }));
}
