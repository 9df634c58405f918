// Asks PostgreSQL whether the service can write, without writing. The statement has every write of a commit
// and no row. PostgreSQL checks rights and read-only before it looks for rows. So nothing is locked, stored
// or left for vacuum.
import type { Pool, PoolClient } from 'pg';

/**
 * Rejects with PostgreSQL's own error if a commit would be refused: read-only, a standby, a missing right.
 */
export async function checkWritable(pool: Pool | PoolClient): Promise<void> {
  await pool.query({
    name: 'check-writable',
    text: `
      with head as (
        update log_head
           set position = position
         where false
        returning position
      ), appended_events as (
        insert into events (position, wallet_id, version, type, schema_version, occurred_at, balance_minor, currency)
        select position, '', 0, '', 0, now(), 0, ''
          from head
      ), appended_outbox as (
        insert into outbox (position)
        select position
          from head
      ), updated_wallets as (
        update wallets
           set balance_minor = 0, version = 0, updated_at = now()
         where false
      ), inserted_wallets as (
        insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
        select '', '', '', 0, 0, now(), now()
          from head
      )
      insert into idempotency_keys (command_id, key, request_hash, status, headers, body, writer)
      select gen_random_uuid(), null, ''::bytea, 0, '{}'::jsonb, '', null
        from head`,
  });
}
