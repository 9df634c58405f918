// The real application on dependencies that do nothing but note that they were called. So a test sees whether
// a refused request has touched anything.
import type { ServedWebhooks } from '../../src/api/webhooks/webhookRequests.ts';
import { createSecretBox } from '../../src/webhooks/secretBox.ts';
import { randomUUID } from 'node:crypto';
import { localCaller } from '../../src/access/caller.ts';
import { createCookies } from '../../src/access/signIn/cookies.ts';
import { SignInError } from '../../src/access/signIn/signInProblem.ts';
import { createApi } from '../../src/api/app.ts';
import type { App } from '../../src/api/context.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { createFeedCursors } from '../../src/feed/feedCursors.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { describeVersion } from '../../src/telemetry/version.ts';

export interface BareApi {
  readonly app: App;
  /** The names of the functions that were called, in order. */
  readonly touched: string[];
}

/** The sign-in of an application in which nobody is signed in. */
export const bareSignIn: NonNullable<ApiDeps['signIn']> = {
  cookies: createCookies({ installation: 'wallet', secrets: ['s'.repeat(32)], isSecure: false }),
  sessions: {
    begin: () => Promise.reject(new Error('a session began')),
    find: () => Promise.resolve(undefined),
    end: () => Promise.reject(new Error('a session ended')),
  },
  provider: {
    begin: () => Promise.reject(new SignInError('provider-silent', 'there is no provider')),
    finish: () => Promise.reject(new Error('a sign-in was finished')),
  },
  roles: [],
  callerOfKey: () => undefined,
  isSecure: false,
  now: Date.now,
};

const commandIdCover: ApiDeps['commandIdCover'] = {
  shown: (id) => id,
  shownLater: (id) => () => id,
  inside: (id) => [id],
  mayName: () => true,
};

const ignore = () => undefined;

function bareFeed(tail: ApiDeps['feed']['tail']): ApiDeps['feed'] {
  const watch = { opened: ignore, closed: ignore, sent: ignore, ended: ignore };
  const limits = { readersMax: 1, readersPerTenantMax: 1, readersPerCallerMax: 1 };
  return { tail, cursors: createFeedCursors(Buffer.alloc(32)), watch, ...limits };
}

export function createBareApi(replaced: Partial<ApiDeps> = {}): BareApi {
  const touched: string[] = [];
  /** Any member of it is a function that notes its name and fails. */
  const noting = (name: string): never =>
    new Proxy(() => undefined, {
      get: (_, member) => (member === 'then' ? undefined : noting(`${name}.${String(member)}`)),
      apply: () => {
        touched.push(name);
        return Promise.reject(new Error(`${name} was called`));
      },
    }) as never;
  const app = createApi({
    // It takes every row, and so is no sign that a request did anything.
    audit: {
      begin: () => Promise.resolve('1'),
      end: () => Promise.resolve(),
      refused: () => Promise.resolve(),
    },
    refusals: { add: () => undefined, flush: () => Promise.resolve() },
    addressOf: () => '127.0.0.1',
    rates: undefined,
    isFamiliar: () => false,
    submit: (submission) => {
      touched.push(`submit ${submission.command.type}`);
      return Promise.resolve({ kind: 'unavailable', reason: 'WALLET_BUSY' });
    },
    refuses: () => undefined,
    onUnavailable: () => undefined,
    pool: noting('pool'),
    reads: () => noting('reads'),
    feed: bareFeed(noting('tail')),
    webhooks: bareWebhooks(noting('deliver')),
    tenantExists: () => true,
    suspensions: { isSuspended: () => false, refresh: () => Promise.resolve() },
    readModel: noting('readModel'),
    readModelAccess: { ask: () => Promise.resolve(undefined) },
    recoveries: noting('recoveries'),
    archive: () => ({ isOn: false, archiveBefore: new Date(0), dropBefore: new Date(0) }),
    temporal: {
      TEMPORAL_NAMESPACE: '',
      TEMPORAL_TASK_QUEUE: '',
      TEMPORAL_UI_URL: '',
      SCHEDULE_ID_PREFIX: '',
    },
    stopping: new AbortController().signal,
    health: { report: () => Promise.reject(new Error('health was asked')), renew: () => undefined },
    readiness: () => Promise.resolve({ ready: true, status: 'ok', parts: {}, needed: [] }),
    version: describeVersion('', 0, new Date(0)),
    requestAnswered: () => undefined,
    traces: undefined,
    monotonicMs: () => 0,
    metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
    commandCounts: () => Promise.resolve({ answered: 0, refused: 0, buckets: [] }),
    newId: () => randomUUID(),
    authenticate: () => localCaller,
    issueKey: () => {
      touched.push('issueKey');
      throw new Error('issueKey was called');
    },
    keysChanged: () => undefined,
    commandIdCover,
    recentVersions: { acknowledge: () => undefined, versionOf: () => 0 },
    pageSizeMax: 100,
    minVersionWaitMaxMs: 0,
    corsOrigins: [],
    bodyBytesMax: 16_384,
    readsInFlightMax: 256,
    log: createLog('silent', 'server'),
    ...replaced,
  });
  return { app, touched };
}

/** Webhooks whose URLs are all allowed. */
function bareWebhooks(deliver: ServedWebhooks['deliver']): ServedWebhooks {
  return {
    box: createSecretBox({ WEBHOOK_SECRETS_KEY: [Buffer.alloc(32, 'key')] }),
    guard: { checkUrl: () => ({ ok: true, url: new URL('https://hooks.example.com/') }) },
    deliver,
    endpointsPerTenantMax: 1,
  };
}
