// Reads the facts about PostgreSQL in one statement, and asks with another whether the service can write.
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { ArchiveSettings } from '../../archive/archiveStatus.ts';
import { checkWritable } from '../../eventStore/checkWritable.ts';
import { overdueHoldS } from '../../eventStore/dueWallets.ts';
import { readGenerationOverdueS } from '../../eventStore/generations.ts';
import { readLevelFacts } from '../../eventStore/readLevels.ts';
import { readWallGap } from '../../eventStore/readWall.ts';
import { readServerProblems } from '../../eventStore/serverFacts.ts';
import { readInstallationId } from '../../eventStore/installationId.ts';
import { readLedgerForm } from '../../projections/ledger/forms/ledgerForm.ts';
import { projectionNames, requiredProjections } from '../../projections/registry.ts';
import { readDismissed } from '../dismissals.ts';
import type { LogGap, PostgresFacts, RefusedPrune } from '../facts.ts';
import { readArchiveFacts } from './archiveFacts.ts';
import { readSegmentFacts } from './segmentFacts.ts';
import { readServerSettings } from './serverSettingFacts.ts';
import { readWebhookFacts } from './webhookFacts.ts';

interface Row {
  readonly version: string;
  readonly is_standby: boolean;
  readonly may_change_events: boolean;
  readonly has_tenants: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly overdue_hold_s: number | null;
  readonly head: string;
  readonly projection: string;
  readonly position: string;
  readonly lag_s: number | null;
  readonly parked: string;
  readonly next_position: string | null;
  readonly next_wallet_id: string | null;
  readonly next_version: string | null;
}

/** Parked events are counted up to this number, so that the statement stays cheap. */
const parkedCountedMax = 10_000;
const settingNames = ['fsync', 'full_page_writes', 'synchronous_commit', 'transaction_read_only'];

/** What the settings of the asked process say. */
interface AskedFor {
  readonly readRole?: string | undefined;
  /** How the secrets of webhooks begin that the process can read. */
  readonly webhookHeads?: readonly Buffer[];
  readonly archive?: ArchiveSettings;
}

const noArchive: ArchiveSettings = { isOn: false, archiveBefore: new Date(0), dropBefore: new Date(0) };

/**
 * A session that proves bad is ended, because a setting such as read-only stays with it. The next round then
 * asks as a new session of the service would.
 */
export async function readPostgresFacts(
  pool: Pool,
  indexPrefix: string,
  { readRole, webhookHeads = [], archive = noArchive }: AskedFor = {},
): Promise<PostgresFacts> {
  const session = await pool.connect();
  let isBad = true;
  try {
    const facts = await readFacts(session, indexPrefix, { readRole, webhookHeads, archive });
    isBad = facts.refusal !== null || facts.unfit.length > 0;
    return facts;
  } finally {
    session.release(isBad);
  }
}

async function readFacts(
  session: PoolClient,
  indexPrefix: string,
  { readRole, webhookHeads, archive }: Required<AskedFor>,
): Promise<PostgresFacts> {
  const { rows } = await readRows(session);
  const refusal = await refusalOf(session);
  const installationId = await readInstallationId(session, indexPrefix);
  const [first] = rows;
  if (first === undefined)
    throw new Error('projector_checkpoints has no projection of this release: run the migrations');
  const headPosition = BigInt(first.head);
  return {
    version: first.version,
    installationId,
    refusal,
    isStandby: first.is_standby,
    mayChangeEvents: first.may_change_events,
    wallGap: first.has_tenants ? ((await readWallGap(session, readRole)) ?? null) : null,
    unfit: await readServerProblems(session, 'commands'),
    settings: first.settings,
    serverSettings: await readServerSettings(session),
    headPosition,
    refusedPrunes: await readRefusedPrunes(session),
    generationOverdueS: await readGenerationOverdueS(session),
    holdOverdueS: Math.max(0, first.overdue_hold_s ?? 0),
    dismissed: await readDismissed(session),
    levels: await readLevelFacts(session),
    ledgerForm: await readLedgerForm(session),
    segments: await readSegmentFacts(session),
    archive: await readArchiveFacts(session, archive),
    webhooks: await readWebhookFacts(session, webhookHeads),
    checkpointsMissing: requiredProjections.filter((name) => rows.every((row) => row.projection !== name)),
    projections: rows.map((row) => ({
      projection: row.projection,
      required: requiredProjections.some((name) => name === row.projection),
      position: BigInt(row.position),
      behind: headPosition - BigInt(row.position),
      lagS: Math.max(0, row.lag_s ?? 0),
      parked: Number(row.parked),
      gap: gapAfter(row),
    })),
  };
}

/** Head, checkpoints and events are of one snapshot, so what is missing in it is missing. */
function gapAfter(row: Row): LogGap | null {
  const missing = BigInt(row.position) + 1n;
  const { next_position: position, next_wallet_id: walletId, next_version: version } = row;
  if (position === null) return BigInt(row.head) >= missing ? { position: missing, next: null } : null;
  if (BigInt(position) === missing) return null;
  return {
    position: missing,
    next: { position: BigInt(position), walletId: walletId ?? '', version: Number(version) },
  };
}

function readRows(session: PoolClient) {
  return session.query<Row>({
    name: 'read-health',
    text: `
      select current_setting('server_version') as version,
             pg_is_in_recovery() as is_standby,
             (select has_table_privilege(oid, 'update, delete, truncate') or pg_has_role(relowner, 'member')
                from pg_class
               where oid = 'events'::regclass) as may_change_events,
             (select jsonb_object_agg(name, current_setting(name))
                from unnest($1::text[]) as name) as settings,
             exists (select from tenants where id > '') as has_tenants,
             (${overdueHoldS}) as overdue_hold_s,
             log_head.position as head,
             checkpoints.projection,
             checkpoints.position,
             (select extract(epoch from clock_timestamp() - occurred_at)::float8
                from events
               where position = checkpoints.position + 1) as lag_s,
             (select count(*)
                from (select
                        from projection_failures as failures
                       where failures.projection = checkpoints.projection
                         and failures.resolved_at is null
                       limit $2::integer) as counted) as parked,
             next.position as next_position,
             next.wallet_id as next_wallet_id,
             next.version as next_version
        from projector_checkpoints as checkpoints
       cross join log_head
        left join lateral (select position, wallet_id, version
                             from events
                            where events.position > checkpoints.position
                            order by events.position
                            limit 1) as next
          on true
       where checkpoints.projection = any($3::text[])
       order by checkpoints.projection`,
    values: [settingNames, parkedCountedMax, projectionNames],
  });
}

async function readRefusedPrunes(session: PoolClient): Promise<readonly RefusedPrune[]> {
  const { rows } = await session.query<RefusedPrune>({
    name: 'read-refused-prunes',
    text: `
      select subject, refusal, refused_since as since
        from prune_horizons
       where refusal is not null
       order by subject`,
  });
  return rows;
}

async function refusalOf(session: PoolClient): Promise<string | null> {
  try {
    await checkWritable(session);
    return null;
  } catch (error) {
    if (error instanceof DatabaseError) return error.message;
    throw error;
  }
}
