// Makes a new session of PostgreSQL fit for use, before its first statement. It sets everything that the code
// relies on, reads it back, and asks the server whether it can keep its promises (serverFacts.ts). Roles,
// databases, URLs and poolers can all change a session, so nothing is taken as it comes. Invariant: a session
// that fails a check runs no statement of the service.
import type { ClientBase } from 'pg';
import { type DatabaseUse, readServerProblems, UnfitDatabaseError } from './serverFacts.ts';

export interface SessionBounds {
  readonly use: DatabaseUse;
  /** Bound of each statement and of each wait for a lock; 0 is no bound. */
  readonly statementTimeoutMs: number;
  /** The role that the session takes. Policies then hide the rows of other tenants. */
  readonly readRole?: string | undefined;
  /**
   * Opens one more session and runs the statement in it. Rejects if that takes too long. Needed only after a
   * pooler, which may give both sessions to the same process of the server.
   */
  readonly askAnotherSession: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** The server ends a database transaction that is idle for longer, because it would hold back vacuum. */
const idleInTransactionMaxMs = 10_000;

/** What the code relies on. Two more depend on the session itself: synchronous_commit and search_path. */
export function sessionSettings(statementTimeoutMs: number): Readonly<Record<string, string>> {
  return {
    // Bounds. The last two would end a session or a database transaction that the code still needs.
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: String(statementTimeoutMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMaxMs),
    idle_session_timeout: '0',
    transaction_timeout: '0',
    // The form of values, in both directions.
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    array_nulls: 'on',
    // The meaning of statements.
    standard_conforming_strings: 'on',
    transform_null_equals: 'off',
    default_transaction_isolation: 'read committed',
    default_transaction_deferrable: 'off',
    // With it off, a policy that hides rows is an error instead of a shorter answer.
    row_security: 'off',
    // Set only if a role or a database sets it. It would let events be changed.
    'wallet.change_log': 'off',
    // The hot statements take arrays, and their lengths make the planner prefer a fresh plan every time.
    // Planning was 15 % of PostgreSQL's time for a command. The generic plan is good enough for every
    // statement here.
    plan_cache_mode: 'force_generic_plan',
    // A plan that was made for an empty table is kept until the next analysis. It would read the whole table
    // once that is full. A statement that no index serves still reads all of it, and queryLong sets it to on.
    enable_seqscan: 'off',
  };
}

const mixedAdvice =
  'set pool_mode=session and server_reset_query=DISCARD ALL in the pooler, or connect without it';

export async function openSession(client: ClientBase, bounds: SessionBounds): Promise<void> {
  await assertOwnSession(client, bounds);
  const { statementTimeoutMs, readRole } = bounds;
  const wanted = {
    ...sessionSettings(statementTimeoutMs),
    ...(readRole === undefined ? {} : { role: readRole, row_security: 'on' }),
  };
  const set = await setSession(client, wanted);
  const found = await readSession(client, Object.keys(set));
  const problems = Object.entries(set)
    .filter(([name, value]) => found[name] !== value)
    .map(([name, value]) => `${name} was set to ${value} and is ${found[name] ?? 'unknown'}: ${mixedAdvice}`);
  problems.push(...(await readServerProblems(client, bounds.use)));
  if (problems.length > 0) throw new UnfitDatabaseError(problems);
}

/**
 * Throws if a pooler mixes sessions. Their bounds and prepared statements would then belong to somebody else.
 * A pooler tells a process id of its own, so it is found by comparing that with the server's. The setting
 * `wallet.session` is our own. A new session that has it was given to somebody else before.
 */
async function assertOwnSession(client: ClientBase, { askAnotherSession }: SessionBounds): Promise<void> {
  const { rows } = await client.query<{ earlier: string | null; pid: number }>({
    text: `
      select current_setting('wallet.session', true) as earlier,
             pg_backend_pid() as pid,
             set_config('wallet.session', 'own', false)`,
  });
  const [row] = rows;
  if (row?.earlier) throw mixed('this session was used by another client before');
  if (row === undefined || (client as { readonly processID?: number | null }).processID === row.pid) return;
  const [other] = await askAnotherSession(
    "select pg_backend_pid() as pid, current_setting('wallet.session', true) as earlier",
  ).catch(() => []);
  // Without an answer, the pooler keeps this session for us and has no second one to give.
  if (other !== undefined && (other.pid === row.pid || other.earlier))
    throw mixed('two connections have the same session');
}

function mixed(how: string): UnfitDatabaseError {
  return new UnfitDatabaseError([`a pooler shares sessions between clients (${how}): ${mixedAdvice}`]);
}

/** Sets the session and returns each setting as the server writes it. */
async function setSession(
  client: ClientBase,
  wanted: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ set: Record<string, string> }>({
    // A stronger synchronous_commit than the default is kept. The tables are looked up once, so that a table
    // of the same name in another schema is never taken for ours. Temporary tables come last.
    text: `
      select jsonb_object_agg(name, set_config(name, setting, false)) as set
        from (select name, setting
                from unnest($1::text[], $2::text[]) as wanted (name, setting)
               where current_setting(name, true) is not null
               union all
              select 'synchronous_commit',
                     case current_setting('synchronous_commit') when 'off' then 'on'
                          else current_setting('synchronous_commit') end
               union all
              select 'search_path',
                     quote_ident(coalesce((select nspname
                                             from pg_class
                                             join pg_namespace on pg_namespace.oid = relnamespace
                                            where pg_class.oid = to_regclass('projector_checkpoints')),
                                          current_schema(),
                                          'public')) || ', pg_temp') as settings`,
    values: [Object.keys(wanted), Object.values(wanted)],
  });
  return rows[0]?.set ?? {};
}

async function readSession(
  client: ClientBase,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ found: Record<string, string> }>({
    text: `
      select jsonb_object_agg(name, current_setting(name, true)) as found
        from unnest($1::text[]) as name`,
    values: [names],
  });
  return rows[0]?.found ?? {};
}
