// Every declared operation of the API, in the order of the API reference. The order is also the order of the
// story that their examples tell. A test compares this list with the routes of the application.
import { getArchive } from './admin/archiveRoutes.ts';
import { parkedEventOperations } from './admin/parkedEventOperations.ts';
import { dismissHealth } from './admin/dismissalRoutes.ts';
import { partOperations } from './admin/partRoutes.ts';
import { projectionOperations } from './admin/projectionOperations.ts';
import { recoveryOperations } from './admin/recoveryOperations.ts';
import { segmentOperations } from './admin/segmentRoutes.ts';
import { alertOperations } from './alerts/alertOperations.ts';
import { listAudit } from './audit/auditOperations.ts';
import { eventOperations } from './events/eventOperations.ts';
import { holdOperations } from './holds/holdOperations.ts';
import { keyOperations } from './keys/keyOperations.ts';
import { ledgerOperations } from './ledger/ledgerOperations.ts';
import { movementOperations } from './movements/movementOperations.ts';
import { getOwnerSummary } from './owners/ownerRoutes.ts';
import { processOperations } from './process/processRoutes.ts';
import { problemOperations } from './reference/problemPages.ts';
import { statementOperations } from './statements/statementOperations.ts';
import { tenantOperations } from './tenants/tenantOperations.ts';
import { velocityOperations } from './velocity/velocityOperations.ts';
import { webhookOperations } from './webhooks/webhookSendingOperations.ts';
import { getCommand } from './wallets/commandOutcomeRoutes.ts';
import { lifecycleOperations } from './wallets/lifecycleOperations.ts';
import { reverseMovement } from './wallets/reversalRoutes.ts';
import { walletCommandOperations } from './wallets/walletCommandOperations.ts';
import { walletReadOperations } from './wallets/walletReadOperations.ts';

export const operations = [
  ...walletCommandOperations,
  ...walletReadOperations,
  getOwnerSummary,
  getCommand,
  ...ledgerOperations,
  ...movementOperations,
  ...statementOperations,
  ...eventOperations,
  ...holdOperations,
  ...lifecycleOperations,
  reverseMovement,
  ...velocityOperations,
  ...alertOperations,
  ...webhookOperations,
  ...keyOperations,
  ...projectionOperations,
  ...segmentOperations,
  ...partOperations,
  dismissHealth,
  ...parkedEventOperations,
  ...recoveryOperations,
  getArchive,
  listAudit,
  ...tenantOperations,
  ...processOperations,
  ...problemOperations,
] as const;

export type OperationId = (typeof operations)[number]['id'];
