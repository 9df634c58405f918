// Facts of a system that is well, for tests that make one of them bad.
import { levelMax } from '../../src/eventStore/levels.ts';
import type { EndpointsFound, Facts, Reading, WebhookFacts } from '../../src/health/facts.ts';
import type { ServerSetting } from '../../src/health/serverSettings.ts';

const noEndpoints: EndpointsFound = { count: 0, first: null, since: null };

export const wellWebhooks: WebhookFacts = {
  ...{ endpoints: 3, hasKey: true, givenUp: noEndpoints, failing: noEndpoints, heldUp: noEndpoints },
  unreadable: { ...noEndpoints, keyIds: [] },
};

export function settingOf(shown: string, setting = shown): ServerSetting {
  return { shown, setting, allowed: [], fromCommandLine: false, changedBy: 'alter system' };
}

export const wellServerSettings: Readonly<Record<string, ServerSetting>> = {
  max_wal_size: settingOf('4GB', '4096'),
  checkpoint_timeout: settingOf('15min', '900'),
  wal_compression: { ...settingOf('lz4'), allowed: ['pglz', 'lz4', 'zstd', 'on', 'off'] },
  autovacuum: settingOf('on'),
};

export const wellFacts: Facts = {
  atMs: Date.parse('2026-01-31T12:00:00Z'),
  process: { locksBypassed: null, ratesLocal: null, commitsFailed: null, commandsRefused: null },
  postgres: answered({
    version: '18.1',
    installationId: '0123456789ab',
    refusal: null,
    isStandby: false,
    mayChangeEvents: false,
    wallGap: null,
    unfit: [],
    settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', transaction_read_only: 'off' },
    serverSettings: wellServerSettings,
    headPosition: 10n,
    refusedPrunes: [],
    generationOverdueS: 0,
    dismissed: [],
    checkpointsMissing: [],
    levels: { open: levelMax, migratedAgoS: 1_000_000, keptClosedBy: [] },
    ledgerForm: 'postings',
    segments: { segments: 12, empty: 2, filled: 0.5, locksPerTransaction: 64 },
    archive: { segment: null, step: null, waitsFor: null, waitsS: 0, problem: null },
    webhooks: wellWebhooks,
    holdOverdueS: 0,
    projections: ['ledger', 'read-model'].map((projection) => ({
      projection,
      required: true,
      position: 10n,
      behind: 0n,
      lagS: 0,
      parked: 0,
      gap: null,
    })),
  }),
  redis: answered({ version: '6.2.14', refusal: null }),
  elasticsearch: answered({
    version: '8.19.0',
    status: 'green',
    blocks: [],
    indexes: [{ index: 'wallets-000001', isClosed: false, blocks: [] }],
  }),
  temporal: answered({
    serverVersion: '1.32.0',
    namespace: 'default',
    taskQueue: 'wallet',
    pollers: [{ identity: 'wallet/0123456789ab 7@host', pollAgeS: 3 }],
    taskWaitsS: 0,
    schedules: [
      'drain-read-model',
      'drain-ledger',
      'drain-webhooks',
      'expire-holds',
      'keep-segments',
      'retry-stale-events',
      'prune-outbox',
    ].map((name) => ({
      name,
      required: true,
      scheduleId: name,
      state: { paused: false, note: null, intervalS: 60, idleS: 10, ageS: 1_000, run: null },
    })),
    searchAttributesMissing: [],
    recoveries: [],
    verification: { completedAgoS: null, keptS: 259_200 },
  }),
};

/** Parts that do not answer. */
export type PartFacts = Exclude<keyof Facts, 'atMs' | 'process'>;

export function away(part: PartFacts, reason = 'connection refused'): Facts {
  return { ...wellFacts, [part]: { answered: false, answeredInMs: 1, reason } };
}

/** The well facts with some facts of one part replaced. */
export function changed<Part extends PartFacts>(
  part: Part,
  change: Partial<Extract<Facts[Part], { readonly answered: true }>['value']>,
): Facts {
  const { value } = wellFacts[part] as { readonly value: object };
  return { ...wellFacts, [part]: answered({ ...value, ...change }) };
}

function answered<T>(value: T): Reading<T> {
  return { answered: true, answeredInMs: 1, value };
}
