// Gives the routes the callers of this process, and tells the other processes of changed keys.
import type { Redis } from 'ioredis';
import type { ProcessAccess } from '../src/access/access.ts';
import { keyChangeChannel } from '../src/access/keyChanges.ts';
import type { ApiDeps } from '../src/api/deps.ts';
import { authenticateBy } from '../src/api/http/authentication.ts';
import { createAddressOf } from '../src/api/http/clientAddress.ts';
import type { Config } from '../src/config/config.ts';
import { createWakeUpPublisher } from '../src/projections/drain/wakeUp.ts';
import type { Log } from '../src/telemetry/log.ts';

export function wireAccess(config: Config, log: Log, redis: Redis, access: ProcessAccess) {
  const tellOthers = createWakeUpPublisher(redis, keyChangeChannel(config), (error) => {
    log.debug({ err: error }, 'no message about changed keys; every process looks twice a second');
  });
  return {
    authenticate: authenticateBy(access.callerOf, createAddressOf(config.TRUSTED_PROXIES)),
    isFamiliar: access.isFamiliar,
    issueKey: access.issueKey,
    keysChanged: () => {
      access.forget();
      tellOthers();
    },
  } satisfies Partial<ApiDeps>;
}
