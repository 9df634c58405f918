// The HTTP application. It joins the middleware of every request with the routes of every resource, and
// answers the requests that no route takes.
import { Hono } from 'hono';
import { accessTableOf } from './access.ts';
import { answerError } from './answerError.ts';
import type { App, Environment } from './context.ts';
import type { ApiDeps } from './deps.ts';
import { addArchiveRoutes } from './admin/archiveRoutes.ts';
import { addParkedEventRoutes } from './admin/parkedEventRoutes.ts';
import { addDismissalRoutes } from './admin/dismissalRoutes.ts';
import { addSegmentRoutes } from './admin/segmentRoutes.ts';
import { addPartRoutes } from './admin/partRoutes.ts';
import { addProjectionRoutes } from './admin/projectionRoutes.ts';
import { addRecoveryRoutes } from './admin/recoveryRoutes.ts';
import { auditActions, watchRefusals } from './audit/auditActions.ts';
import { addAuditRoutes } from './audit/auditRoutes.ts';
import { addConsoleRoutes } from './console/consoleRoutes.ts';
import { addEventRoutes } from './events/eventRoutes.ts';
import { answerNoRoute } from './http/allowedMethods.ts';
import { authenticateRequests, nameNobody } from './http/authentication.ts';
import { allowOrigins } from './http/cors.ts';
import { limitBody, limitReads } from './http/limits.ts';
import { countFailures, limitFailures, limitRates } from './http/rateLimits.ts';
import { nameRequests } from './http/requestId.ts';
import { refuseAmbiguousPath } from './http/requestTarget.ts';
import { refuseOtherSites } from './http/sameOrigin.ts';
import { refuseByTenant } from './http/tenantGate.ts';
import { nameTextAmounts, routedPath } from './http/textAmounts.ts';
import { together } from './http/together.ts';
import { watchRequests } from './http/watchRequests.ts';
import { addKeyRoutes } from './keys/keyRoutes.ts';
import { callersOfSessions, familiarCallers, leadToSignIn } from './signIn/sessionCallers.ts';
import { addSignInRoutes } from './signIn/signInRoutes.ts';
import { addLedgerRoutes } from './ledger/ledgerRoutes.ts';
import { addMovementRoutes } from './movements/movementRoutes.ts';
import { addHoldRoutes } from './holds/holdRoutes.ts';
import { openApiDocument } from './openApi/openApiDocument.ts';
import { operations } from './operations.ts';
import { addOwnerRoutes } from './owners/ownerRoutes.ts';
import { addProcessRoutes } from './process/processRoutes.ts';
import { addProblemPages } from './reference/problemPages.ts';
import { addReferencePages } from './reference/referencePages.ts';
import { addStatementRoutes } from './statements/statementRoutes.ts';
import { addTenantRoutes } from './tenants/tenantRoutes.ts';
import { addAlertRoutes } from './alerts/alertRoutes.ts';
import { addVelocityRoutes } from './velocity/velocityRoutes.ts';
import { addWebhookRoutes } from './webhooks/webhookRoutes.ts';
import { addWebhookSendingRoutes } from './webhooks/webhookSendingRoutes.ts';
import { addCommandOutcomeRoutes } from './wallets/commandOutcomeRoutes.ts';
import { addLifecycleRoutes } from './wallets/lifecycleRoutes.ts';
import { addReversalRoutes } from './wallets/reversalRoutes.ts';
import { addWalletCommandRoutes } from './wallets/walletCommandRoutes.ts';
import { addWalletListRoutes } from './wallets/walletListRoutes.ts';
import { addWalletReadRoutes } from './wallets/walletReadRoutes.ts';

/**
 * Reads of /admin at once. Each asks several stores, and an operator makes a few. Their own bound keeps them
 * from taking the database connections of other reads.
 */
const adminReadsMax = 8;

export function createApi(deps: ApiDeps): App {
  const app = new Hono<Environment>({ getPath: routedPath });

  app.use(together(nameRequests(deps.newId), nameNobody, nameTextAmounts, watchRequests(deps)));
  app.use(refuseAmbiguousPath);
  if (deps.corsOrigins.length > 0) app.use(allowOrigins(deps.corsOrigins));
  watchRefusals(app, operations, deps);
  const { rates, addressOf } = deps;
  const sessions = deps.signIn?.sessions;
  if (rates !== undefined) app.use(limitFailures(rates, addressOf, familiarCallers({ ...deps, sessions })));
  const byKeyOrSession = callersOfSessions(deps.authenticate, sessions, addressOf);
  const authenticate = rates === undefined ? byKeyOrSession : countFailures(byKeyOrSession, rates, addressOf);
  if (deps.signIn !== undefined)
    for (const page of ['/console', '/docs']) app.get(page, leadToSignIn(byKeyOrSession));
  app.use(authenticateRequests(authenticate, accessTableOf(operations)));
  limitRates(app, operations, deps);
  app.use(refuseByTenant(deps));
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '*', limitBody(deps.bodyBytesMax));

  addProcessRoutes(app, deps);
  addProblemPages(app);
  // The limit names its paths: health and metrics are never refused as reads.
  const limit = limitReads(deps.readsInFlightMax);
  const limited = ['/wallets', '/wallets/*', '/owners/*', '/movements', '/movements/*', '/events'];
  const webhooks = ['/webhook-endpoints', '/webhook-endpoints/*'];
  for (const path of [...limited, ...webhooks, '/commands/*', '/ledger/*']) app.get(path, limit);
  addReferencePages(app, openApiDocument(operations));
  const limitOfOperators = limitReads(adminReadsMax);
  const ofOperators = ['/admin/*', '/keys', '/keys/*', '/tenants', '/tenants/*'];
  app.on(['POST', 'PATCH', 'DELETE'], [...ofOperators, ...webhooks], refuseOtherSites);
  for (const path of [...ofOperators, '/audit']) app.get(path, limitOfOperators);
  auditActions(app, operations, deps);
  addWalletCommandRoutes(app, deps);
  addWalletReadRoutes(app, deps);
  addWalletListRoutes(app, deps);
  addOwnerRoutes(app, deps);
  addHoldRoutes(app, deps);
  addLifecycleRoutes(app, deps);
  addReversalRoutes(app, deps);
  addVelocityRoutes(app, deps);
  addAlertRoutes(app, deps);
  addCommandOutcomeRoutes(app, deps);
  addMovementRoutes(app, deps);
  addStatementRoutes(app, deps);
  addLedgerRoutes(app, deps);
  addEventRoutes(app, deps, byKeyOrSession);
  addWebhookRoutes(app, deps);
  addWebhookSendingRoutes(app, deps);
  addSegmentRoutes(app, deps);
  addPartRoutes(app, deps);
  addDismissalRoutes(app, deps);
  addProjectionRoutes(app, deps);
  addParkedEventRoutes(app, deps);
  addRecoveryRoutes(app, deps);
  addArchiveRoutes(app, deps);
  addAuditRoutes(app, deps);
  addKeyRoutes(app, deps);
  addTenantRoutes(app, deps);
  addSignInRoutes(app, deps);
  addConsoleRoutes(app, { ...deps, authenticate: byKeyOrSession });

  app.notFound((c) => answerNoRoute(app, c));
  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}
