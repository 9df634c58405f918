// The metrics that the API process records itself: requests, commands, batches and locks. The recorders run
// in the path of every command, so labels are resolved once and kept. Recording then takes about a
// microsecond per command.
import { Counter, Gauge, Histogram } from 'prom-client';
import { createFeedMetrics, type FeedMetrics, type FeedNames } from './feedMetrics.ts';
import { createHandoverMetrics, type HandoverMetrics } from './handoverMetrics.ts';
import { type CommandCounts, createCommandCounts } from './commandCounts.ts';
import type { MetricsRegistry } from './registry.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhookMetrics.ts';

/** The ends of a command that was taken; `failed` is a fault of ours. */
const commandOutcomes = ['accepted', 'rejected', 'replayed', 'key_reused', 'unavailable', 'failed'] as const;
export type CommandOutcome = (typeof commandOutcomes)[number];

export interface AnsweredRequest {
  readonly method: string;
  /** The route's template, never a path: a path would make a series of each wallet. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface ApiMetrics {
  readonly requestAnswered: (request: AnsweredRequest) => void;
  readonly commandEnded: (command: string, outcome: CommandOutcome, seconds: number) => void;
  /** A command that got 503: no capacity was left for it, or a part was missing. */
  readonly commandRefused: (code: string) => void;
  /** An attempt at a batch that did not commit. */
  readonly attemptFailed: (failure: string) => void;
  /** A batch was decided on cached wallets, or had to be loaded. */
  readonly cacheAsked: (answer: 'hit' | 'miss' | 'unguarded' | 'refused') => void;
  readonly lockBypassed: () => void;
  /** A request that got 429. */
  readonly rateLimited: (policy: string) => void;
  /** A window that is counted by this process alone, because Redis does not count. */
  readonly rateCountedLocally: () => void;
  /**
   * Called with the time that a batch waited for its locks, and the number of its commands that must wait on.
   */
  readonly lockAnswered: (seconds: number, locked: number) => void;
  readonly batchStarted: (commands: number) => void;
  readonly handover: HandoverMetrics;
  readonly feed: FeedMetrics;
  /** The tests of endpoints. */
  readonly webhooks: WebhookMetrics;
  /** The sums of what was recorded of commands. */
  readonly commandCounts: () => Promise<CommandCounts>;
}

interface ApiMetricsDeps {
  readonly depth: () => { readonly waiting: number; readonly inFlight: number };
  readonly isCommitter: () => boolean;
  /** Every policy that `rateLimited` may get. */
  readonly ratePolicies: readonly string[];
  /** Every kind of reader, and every reason why one ends, that `feed` may get. */
  readonly feedNames: FeedNames;
  /** Every code that `commandRefused` may get. */
  readonly refusalCodes: readonly string[];
  readonly commands: readonly string[];
}

type Registers = MetricsRegistry['registry'][];

/** From half a millisecond, an uncontended statement, to the longest wait of a request. */
const latencyBucketsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchSizeBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
const batchFailures = ['refused', 'fault', 'unknown', 'noConnection'];
/**
 * The methods of HTTP. All other methods share one series, because clients can make up any number of them.
 */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createApiMetrics({ registry }: MetricsRegistry, deps: ApiMetricsDeps): ApiMetrics {
  const registers = [registry];
  addDepthGauges(registers, deps.depth);
  return {
    ...recordRequests(registers),
    ...recordCommands(registers, deps),
    ...recordBatches(registers),
    ...recordLocks(registers),
    ...recordRates(registers, deps),
    handover: createHandoverMetrics(registers, deps.isCommitter),
    feed: createFeedMetrics(registers, deps.feedNames),
    webhooks: createWebhookMetrics(registers),
  };
}

function recordRequests(registers: Registers): Pick<ApiMetrics, 'requestAnswered'> {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the first handler to the answer of an HTTP request, by route template.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: latencyBucketsS,
    registers,
  });
  const known = new Map<string, { readonly observe: (seconds: number) => void }>();
  return {
    requestAnswered: ({ method, route, status, seconds }) => {
      const key = `${method} ${route} ${status}`;
      let child = known.get(key);
      if (child === undefined) {
        child = duration.labels(methods.has(method) ? method : '_OTHER', route, String(status));
        // Methods come from outside, so only the known ones are kept.
        if (methods.has(method)) known.set(key, child);
      }
      child.observe(seconds);
    },
  };
}

function recordCommands(
  registers: Registers,
  deps: ApiMetricsDeps,
): Pick<ApiMetrics, 'commandEnded' | 'commandRefused' | 'commandCounts'> {
  const duration = new Histogram({
    name: 'wallet_command_duration_seconds',
    help: 'Time of a command from the queue to its committed answer, waiting included.',
    labelNames: ['command'],
    buckets: latencyBucketsS,
    registers,
  });
  const commands = new Counter({
    name: 'wallet_commands_total',
    help: `Commands that were taken, by outcome: ${commandOutcomes.join(', ')}.`,
    labelNames: ['command', 'outcome'],
    registers,
  });
  const replays = new Counter({
    name: 'wallet_idempotency_replays_total',
    help: 'Commands that came under a known key: answered as before (replayed), or refused as another request (key_reused).',
    labelNames: ['result'],
    registers,
  });
  const refused = new Counter({
    name: 'wallet_commands_refused_total',
    help: 'Commands answered with 503, by code.',
    labelNames: ['code'],
    registers,
  });
  const durations = byName(deps.commands, (command) => duration.labels(command));
  const outcomes = byName(deps.commands, (command) =>
    byName(commandOutcomes, (outcome) => commands.labels(command, outcome)),
  );
  const replayed = byName(['replayed', 'key_reused'], (result) => replays.labels(result));
  // Every series exists from the start: a rate needs a first sample.
  for (const children of outcomes.values()) for (const child of children.values()) child.inc(0);
  for (const child of replayed.values()) child.inc(0);
  for (const code of deps.refusalCodes) refused.inc({ code }, 0);
  for (const command of deps.commands) duration.zero({ command });
  return {
    commandEnded: (command, outcome, seconds) => {
      durations.get(command)?.observe(seconds);
      outcomes.get(command)?.get(outcome)?.inc();
      replayed.get(outcome)?.inc();
    },
    commandRefused: (code) => {
      refused.inc({ code });
    },
    commandCounts: createCommandCounts(duration, refused),
  };
}

function recordBatches(
  registers: Registers,
): Pick<ApiMetrics, 'batchStarted' | 'attemptFailed' | 'cacheAsked'> {
  const conflicts = new Counter({
    name: 'wallet_append_conflicts_total',
    help: 'Batches that lost to another process and ran again.',
    registers,
  });
  const failures = new Counter({
    name: 'wallet_batch_troubles_total',
    help: `Attempts at a batch that PostgreSQL did not commit, by failure: ${batchFailures.join(', ')}.`,
    labelNames: ['trouble'],
    registers,
  });
  const cache = new Counter({
    name: 'wallet_cache_batches_total',
    help: 'Batches by what the cache of wallets had for them: hit (no load), miss, unguarded, or refused.',
    labelNames: ['answer'],
    registers,
  });
  const answers = {
    hit: cache.labels('hit'),
    miss: cache.labels('miss'),
    unguarded: cache.labels('unguarded'),
    refused: cache.labels('refused'),
  };
  const size = new Histogram({
    name: 'wallet_batch_commands',
    help: 'Commands of one group commit.',
    buckets: batchSizeBuckets,
    registers,
  });
  for (const failure of batchFailures) failures.inc({ trouble: failure }, 0);
  return {
    batchStarted: (commands) => {
      size.observe(commands);
    },
    cacheAsked: (answer) => {
      answers[answer].inc();
    },
    attemptFailed: (failure) => {
      if (failure === 'conflict') conflicts.inc();
      else failures.inc({ trouble: failure });
    },
  };
}

function recordLocks(registers: Registers): Pick<ApiMetrics, 'lockBypassed' | 'lockAnswered'> {
  const wait = new Histogram({
    name: 'wallet_lock_wait_seconds',
    help: 'Time that a batch waited for the answer about the locks of its wallets.',
    buckets: latencyBucketsS,
    registers,
  });
  const bypassed = new Counter({
    name: 'wallet_lock_bypassed_total',
    help: 'Batches that went on without the Redis lock, because Redis did not answer.',
    registers,
  });
  const walletsLocked = new Counter({
    name: 'wallet_lock_held_total',
    help: 'Times that a command had to wait because another process had locked its wallet.',
    registers,
  });
  return {
    lockBypassed: () => {
      bypassed.inc();
    },
    lockAnswered: (seconds, locked) => {
      wait.observe(seconds);
      walletsLocked.inc(locked);
    },
  };
}

function recordRates(
  registers: Registers,
  { ratePolicies }: ApiMetricsDeps,
): Pick<ApiMetrics, 'rateLimited' | 'rateCountedLocally'> {
  const limited = new Counter({
    name: 'wallet_rate_limited_total',
    help: 'Requests answered with 429, by the policy whose quota was used up.',
    labelNames: ['policy'],
    registers,
  });
  const local = new Counter({
    name: 'wallet_rate_windows_local_total',
    help: 'Windows of a caller that this process counts alone, because Redis does not count.',
    registers,
  });
  for (const policy of ratePolicies) limited.inc({ policy }, 0);
  return {
    rateLimited: (policy) => {
      limited.inc({ policy });
    },
    rateCountedLocally: () => {
      local.inc();
    },
  };
}

function addDepthGauges(registers: Registers, depth: ApiMetricsDeps['depth']): void {
  new Gauge({
    name: 'wallet_commands_waiting',
    help: 'Commands in the queue of this process.',
    registers,
    collect() {
      this.set(depth().waiting);
    },
  });
  new Gauge({
    name: 'wallet_commands_in_flight',
    help: 'Commands in batches under way in this process.',
    registers,
    collect() {
      this.set(depth().inFlight);
    },
  });
}

function byName<T>(names: readonly string[], valueOf: (name: string) => T): ReadonlyMap<string, T> {
  return new Map(names.map((name) => [name, valueOf(name)]));
}
