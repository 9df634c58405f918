// Wires the audit log of the API process. Refusals are counted here and written once a minute, and once more
// when the process stops.
import type { Pool } from 'pg';
import type { ApiDeps } from '../src/api/deps.ts';
import { createAddressOf } from '../src/api/http/clientAddress.ts';
import { createAuditLog } from '../src/audit/auditLog.ts';
import { createRefusalCounts } from '../src/audit/countRefusals.ts';
import type { Config } from '../src/config/config.ts';
import type { Log } from '../src/telemetry/log.ts';

/** Refusals of one kind within this time become one row. */
const countedMs = 60_000;

export function wireAudit(config: Config, log: Log, pool: Pool) {
  const audit = createAuditLog(pool);
  const refusals = createRefusalCounts({
    refused: audit.refused,
    onFailure: (error) => {
      log.warn({ err: error }, 'a refusal could not be audited yet');
    },
  });
  const timer = setInterval(() => void refusals.flush(), countedMs).unref();
  return {
    deps: { audit, refusals, addressOf: createAddressOf(config.TRUSTED_PROXIES) } satisfies Partial<ApiDeps>,
    /** Before the pool is closed. */
    close: () => {
      clearInterval(timer);
      return refusals.flush();
    },
  };
}
