// Asks a server whether it can keep the promises of the service: that an acknowledged commit survives, that a
// text comes back as it was sent, that a statement may write. Runs at every new session, and for readiness.
// Each problem is a sentence that names the setting or right and says what to do.
import type { ClientBase, Pool } from 'pg';

/** A session or its server that must not be used. The message says what is wrong and what to do. */
export class UnfitDatabaseError extends Error {
  override readonly name = 'UnfitDatabaseError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`PostgreSQL is not fit for use: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/**
 * What a session is for. `commands` and `projections` write, and need a server that keeps what they write.
 * `reads` go on with a server that takes no writes. So do `tenantReads`, which take the read role.
 * `migration` makes the tables whose rights the others need.
 */
export type DatabaseUse = 'commands' | 'projections' | 'reads' | 'tenantReads' | 'migration';

/** crc32() of PostgreSQL 18 proves a rebuilt ledger. An older server would start that rebuild for ever. */
const versionMin = 180_000;

type Rights = Readonly<Record<string, readonly string[]>>;

const readRights: Rights = {
  events: ['select'],
  wallets: ['select'],
  holds: ['select'],
  wallet_details: ['select'],
  wallet_usage: ['select'],
  reversals: ['select'],
  idempotency_keys: ['select'],
  outbox: ['select'],
  log_head: ['select'],
  command_generations: ['select'],
  log_segments: ['select'],
  log_archive: ['select'],
  opening_wallets: ['select'],
  opening_accounts: ['select'],
  ledger_entries: ['select'],
  ledger_postings: ['select'],
  ledger_form: ['select'],
  ledger_sums: ['select'],
  projector_checkpoints: ['select'],
  projection_failures: ['select'],
  log_archive_segments: ['select'],
  prune_horizons: ['select'],
  ended_sessions: ['select'],
  health_dismissals: ['select'],
  audit_log: ['select'],
  audit_outcomes: ['select'],
  service_processes: ['select'],
  schema_migrations: ['select'],
  api_keys: ['select'],
  api_key_changes: ['select'],
  tenants: ['select'],
  webhook_endpoints: ['select'],
  webhook_secrets: ['select'],
  webhook_deliveries: ['select'],
  webhook_replays: ['select'],
  webhook_changes: ['select'],
};

/** Of the read role (readWall.ts). */
const tenantReadRights: Rights = {
  events: ['select'],
  wallets: ['select'],
  holds: ['select'],
  wallet_details: ['select'],
  wallet_usage: ['select'],
  reversals: ['select'],
  idempotency_keys: ['select'],
  log_head: ['select'],
  log_segments: ['select'],
  log_archive: ['select'],
  opening_wallets: ['select'],
  ledger_postings: ['select'],
  ledger_form: ['select'],
  ledger_sums: ['select'],
  projector_checkpoints: ['select'],
  projection_failures: ['select'],
  webhook_endpoints: ['select'],
  webhook_deliveries: ['select'],
  webhook_replays: ['select'],
};

export const rightsOf: Readonly<Record<DatabaseUse, Rights>> = {
  reads: readRights,
  commands: {
    ...readRights,
    events: ['select', 'insert'],
    wallets: ['select', 'insert', 'update'],
    holds: ['select', 'insert', 'update'],
    wallet_details: ['select', 'insert', 'update'],
    wallet_usage: ['select', 'insert', 'update'],
    reversals: ['select', 'insert', 'update'],
    idempotency_keys: ['select', 'insert'],
    outbox: ['select', 'insert'],
    log_head: ['select', 'update'],
    ended_sessions: ['select', 'insert', 'update', 'delete'],
    health_dismissals: ['select', 'insert', 'delete'],
    audit_log: ['select', 'insert'],
    audit_outcomes: ['select', 'insert'],
    service_processes: ['select', 'insert', 'update', 'delete'],
    api_keys: ['select', 'insert', 'update'],
    api_key_changes: ['select', 'update'],
    command_id_cover: ['select'],
    tenants: ['select', 'insert', 'update'],
    webhook_endpoints: ['select', 'insert', 'update', 'delete'],
    webhook_secrets: ['select', 'insert', 'update', 'delete'],
    webhook_deliveries: ['select', 'update'],
    webhook_replays: ['select', 'insert', 'update', 'delete'],
    webhook_changes: ['select', 'update'],
  },
  projections: {
    ...readRights,
    wallets: ['select', 'insert', 'update', 'delete'],
    holds: ['select', 'insert', 'update', 'delete'],
    wallet_details: ['select', 'insert', 'update', 'delete'],
    wallet_usage: ['select', 'insert', 'update', 'delete'],
    reversals: ['select', 'insert', 'update', 'delete'],
    // The sweep of the release before asks for them.
    idempotency_keys: ['select', 'update', 'delete'],
    command_generations: ['select', 'update'],
    // The release before marks rows through the view, and prunes through it.
    outbox: ['select', 'insert', 'update', 'delete'],
    outbox_rows: ['select', 'insert', 'delete'],
    required_projections: ['select', 'insert', 'delete'],
    outbox_upkeep: ['select', 'update'],
    prune_horizons: ['select', 'update'],
    ledger_entries: ['select', 'insert', 'delete'],
    ledger_postings: ['select', 'insert', 'delete'],
    ledger_form: ['select', 'update'],
    ledger_sums: ['select', 'insert', 'update', 'delete'],
    ledger_rebuilds: ['select', 'insert', 'update', 'delete'],
    log_archive: ['select', 'update'],
    opening_wallets: ['select', 'insert', 'update', 'delete'],
    opening_accounts: ['select', 'insert', 'update', 'delete'],
    ledger_rebuild_refusals: ['select', 'insert', 'delete'],
    projector_checkpoints: ['select', 'insert', 'update'],
    projection_failures: ['select', 'insert', 'update'],
    read_model_targets: ['select', 'insert', 'delete'],
    read_model_index_numbers: ['select', 'insert', 'update'],
    log_head: ['select', 'update'],
    schema_migrations: ['select', 'update'],
    service_processes: ['select', 'insert', 'update', 'delete'],
    command_id_cover: ['select', 'update'],
    webhook_endpoints: ['select', 'update'],
    webhook_deliveries: ['select', 'insert', 'update', 'delete'],
    webhook_replays: ['select', 'update'],
    webhook_changes: ['select', 'update'],
  },
  tenantReads: tenantReadRights,
  migration: {},
};

/** The functions that the statements of each use call. */
export const functionsOf: Readonly<Record<DatabaseUse, readonly string[]>> = {
  reads: ['archive_hindrance(integer, timestamptz)'],
  tenantReads: ['tenant_prefix_read()', 'reads_every_tenant()'],
  // The release before writes records without a generation, which is then what this function gives.
  commands: [
    'assert_wallet_heads(bigint, bigint)',
    'keep_log_segments(bigint, bigint)',
    'current_command_generation()',
  ],
  projections: [
    'assert_ledger_balanced()',
    'keep_log_segments(bigint, bigint)',
    'keep_ledger_segments()',
    'make_ledger_parts(text, bigint)',
    'hide_ledger_part(regclass)',
    ...['ledger_parts(text)', 'detached_ledger_parts()'],
    'drop_outbox_segment(timestamptz)',
    'begin_log_conversion(bigint)',
    'check_log_bounds()',
    'finish_log_conversion()',
    'check_first_generation()',
    'partition_records()',
    'make_command_generation(integer)',
    'switch_command_generation(integer)',
    'drop_command_generation(integer, timestamptz)',
    'seal_log_segment(integer, timestamptz)',
    'note_archive_export(integer, text, bigint, text, text)',
    'note_archive_verified(integer, text, bigint, text)',
    'note_archive_opened(integer)',
    ...['note_archive_problem(integer, text)', 'seal_log_segment_again(integer)'],
    'detach_log_segment(integer, timestamptz)',
    'drop_log_segment(integer, timestamptz)',
    'begin_log_restore(integer)',
    'fill_log_restore(integer, json)',
    'finish_log_restore(integer)',
    'release_log_segment(integer)',
  ],
  migration: [],
};

/** The tables that can't be made again from others. Their partitions count as well. */
const truth = ['events', 'idempotency_keys', 'log_head', 'outbox_rows', 'wallets'];

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly settings: Readonly<Record<string, string | null>>;
  readonly missing_rights: readonly string[];
  readonly unlogged: readonly string[];
}

/** Settings that a session can't change or must not, the value that is right, and the damage of another. */
const durability: readonly (readonly [name: string, value: string, harm: string])[] = [
  ['fsync', 'on', 'a crash of the machine loses acknowledged money'],
  ['full_page_writes', 'on', 'a crash of the machine can destroy pages'],
  ['ignore_checksum_failure', 'off', 'broken pages would be read as good ones'],
  ['zero_damaged_pages', 'off', 'damaged events would vanish'],
  ['session_replication_role', 'origin', 'the checks of the ledger do not run'],
];
const canNotWrite = 'transaction_read_only';

/** Rejects with an UnfitDatabaseError if the server is not fit for this use. */
export async function assertServerFit(pool: Pool, use: DatabaseUse): Promise<void> {
  const problems = await readServerProblems(pool, use);
  if (problems.length > 0) throw new UnfitDatabaseError(problems);
}

/** The problems of the server for this use; none if it is fit. */
export async function readServerProblems(
  client: Pick<ClientBase, 'query'>,
  use: DatabaseUse,
): Promise<string[]> {
  const needed = Object.entries(rightsOf[use]).flatMap(([table, rights]) =>
    rights.map((right) => ({ table, right })),
  );
  const { rows } = await client.query<ServerFacts>({
    text: `
      select current_setting('server_version_num')::integer as version,
             current_setting('server_encoding') as encoding,
             pg_is_in_recovery() as standby,
             (select jsonb_object_agg(name, current_setting(name, true))
                from unnest($1::text[]) as name) as settings,
             array(select needed.right || ' on ' || needed.relation
                     from unnest($2::text[], $3::text[]) as needed (relation, "right")
                    where not has_table_privilege(to_regclass(needed.relation), needed.right)
                    union all
                   select 'execute on function ' || signature
                     from unnest($5::text[]) as signature
                    where not has_function_privilege(to_regprocedure(signature), 'execute')) as missing_rights,
             array(select relname::text
                     from pg_class
                    where oid = any(array(select to_regclass(name)
                                            from unnest($4::text[]) as name
                                           union all
                                          select inhrelid
                                            from unnest($4::text[]) as name
                                            join pg_inherits
                                              on inhparent = to_regclass(name)))
                      and relpersistence <> 'p') as unlogged`,
    values: [
      [...durability.map(([name]) => name), canNotWrite],
      needed.map(({ table }) => table),
      needed.map(({ right }) => right),
      truth,
      functionsOf[use],
    ],
  });
  const [facts] = rows;
  return facts === undefined ? ['the server does not describe itself'] : problemsOf(facts, use);
}

function problemsOf(facts: ServerFacts, use: DatabaseUse): string[] {
  const problems: string[] = [];
  if (facts.version < versionMin) {
    const found = Math.floor(facts.version / 10_000);
    problems.push(`the server is PostgreSQL ${found}: this code needs ${versionMin / 10_000} or newer`);
  }
  if (facts.encoding !== 'UTF8') {
    problems.push(`the database's encoding is ${facts.encoding}: create it with encoding UTF8`);
  }
  if (facts.missing_rights.length > 0) {
    problems.push(`the role lacks rights: grant ${facts.missing_rights.join(', ')}`);
  }
  if (use === 'reads' || use === 'tenantReads') return problems;
  if (facts.standby) problems.push('the server is a standby: connect to the primary');
  else if (facts.settings[canNotWrite] === 'on') {
    problems.push(
      'the session is read-only: set default_transaction_read_only to off for the server, the database and the role',
    );
  }
  for (const [name, value, harm] of durability) {
    const found = facts.settings[name];
    if (found !== value) problems.push(`${name} is ${found ?? 'unknown'}: set it to ${value}, or ${harm}`);
  }
  for (const table of facts.unlogged)
    problems.push(`table ${table} is unlogged: run "alter table ${table} set logged", or a crash empties it`);
  return problems;
}
