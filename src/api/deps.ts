// The dependencies of the HTTP application. Each route file declares those it needs, and server/main.ts
// provides all.
import type { ArchiveRouteDeps } from './admin/archiveRoutes.ts';
import type { ParkedEventRouteDeps } from './admin/parkedEventRoutes.ts';
import type { PartRouteDeps } from './admin/partRoutes.ts';
import type { ProjectionRouteDeps } from './admin/projectionRoutes.ts';
import type { RecoveryRouteDeps } from './admin/recoveryRoutes.ts';
import type { AuditDeps } from './audit/auditActions.ts';
import type { ConsoleDeps } from './console/consoleRoutes.ts';
import type { EventRouteDeps } from './events/eventRoutes.ts';
import type { Authenticate } from './http/authentication.ts';
import type { RateDeps } from './http/rateLimits.ts';
import type { TenantGateDeps } from './http/tenantGate.ts';
import type { RequestWatchDeps } from './http/watchRequests.ts';
import type { KeyRouteDeps } from './keys/keyRoutes.ts';
import type { LedgerRouteDeps } from './ledger/ledgerRoutes.ts';
import type { SignInRouteDeps } from './signIn/signInRoutes.ts';
import type { ProcessRouteDeps } from './process/processRoutes.ts';
import type { TenantRouteDeps } from './tenants/tenantRoutes.ts';
import type { WebhookRouteDeps } from './webhooks/webhookRequests.ts';
import type { CommandDeps } from './wallets/answerCommand.ts';
import type { WalletReadDeps } from './wallets/walletReadRoutes.ts';

export interface ApiDeps
  extends
    CommandDeps,
    WalletReadDeps,
    LedgerRouteDeps,
    EventRouteDeps,
    WebhookRouteDeps,
    PartRouteDeps,
    ParkedEventRouteDeps,
    ProjectionRouteDeps,
    KeyRouteDeps,
    RecoveryRouteDeps,
    ArchiveRouteDeps,
    AuditDeps,
    RateDeps,
    ConsoleDeps,
    TenantGateDeps,
    TenantRouteDeps,
    ProcessRouteDeps,
    SignInRouteDeps,
    RequestWatchDeps {
  /** Origins whose pages may use the API in a browser. */
  readonly corsOrigins: readonly string[];
  readonly bodyBytesMax: number;
  readonly readsInFlightMax: number;
  readonly authenticate: Authenticate;
}
