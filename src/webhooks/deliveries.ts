// The deliveries of an endpoint that did not succeed at once, as its owner sees them.
import type { ReadDatabase } from '../eventStore/tenantReads.ts';
import type { DeliveryKey } from './endpoint.ts';

export const deliveryStates = ['pending', 'delivered', 'failed', 'skipped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface Delivery extends DeliveryKey {
  readonly walletId: string;
  readonly version: number;
  readonly type: string;
  readonly parksWallet: boolean;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly lastAttemptAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
  readonly lastMs: number | null;
}

interface DeliveryRecord {
  readonly position: string;
  readonly alert_number: number;
  readonly wallet_id: string;
  readonly version: string;
  readonly type: string;
  readonly parks_wallet: boolean;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly first_attempt_at: Date;
  readonly last_attempt_at: Date;
  readonly next_attempt_at: Date | null;
  readonly last_status: number | null;
  readonly last_reason: string | null;
  readonly last_ms: number | null;
}

/** At most `limit`, the newest event first, all before this one. */
export async function listDeliveries(
  pool: ReadDatabase,
  endpointId: string,
  state: DeliveryState | undefined,
  before: DeliveryKey,
  limit: number,
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query<DeliveryRecord>({
    name: 'list-webhook-deliveries',
    text: `
      select position, alert_number, wallet_id, version, type, parks_wallet, state, attempts,
             first_attempt_at, last_attempt_at, next_attempt_at, last_status, last_reason, last_ms
        from webhook_deliveries
       where endpoint_id = $1::text
         and ($2::text is null or state = $2::text)
         and (position, alert_number) < ($3::bigint, $4::smallint)
       order by position desc, alert_number desc
       limit $5::integer`,
    values: [endpointId, state ?? null, before.position, before.alertNumber, limit],
  });
  return rows.map((row) => ({
    ...{
      position: BigInt(row.position),
      alertNumber: row.alert_number,
      walletId: row.wallet_id,
      version: Number(row.version),
      type: row.type,
    },
    ...{ parksWallet: row.parks_wallet, state: row.state, attempts: row.attempts },
    ...{ firstAttemptAt: row.first_attempt_at, lastAttemptAt: row.last_attempt_at },
    ...{ nextAttemptAt: row.next_attempt_at, lastStatus: row.last_status },
    ...{ lastReason: row.last_reason, lastMs: row.last_ms },
  }));
}
