// The API's connection to Temporal: made when it is first needed, so that the API starts and answers everything else
// while Temporal is away, and made again by itself.
import { Client, Connection } from '@temporalio/client';
import { createRecoveryDesk, type RecoveryDesk } from './recoveryDesk.ts';
import { temporalConnection, type TemporalAddress } from './temporalConnection.ts';

const connectTimeoutMs = 1_000;

type RecoveryConfig = TemporalAddress & Parameters<typeof createRecoveryDesk>[1];

export function connectRecoveryDesk(config: RecoveryConfig): {
  readonly desk: RecoveryDesk;
  readonly close: () => Promise<void>;
} {
  const connection = Connection.lazy({ ...temporalConnection(config), connectTimeout: connectTimeoutMs });
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  return { desk: createRecoveryDesk(client, config), close: () => connection.close() };
}
