// One example of every problem, for the API reference. The record covers every code: a new code does not
// compile until it has an example. A test compares each example with the answer of the real API.
import { type Problem, problemAnswer, type ProblemCode, problemKinds } from '../http/problems.ts';
import { secretBoxMissing } from '../../webhooks/secretBox.ts';
import {
  exampleCardWalletId as cardWalletId,
  exampleCommandId as commandId,
  exampleProgress,
  exampleRequestId,
  exampleRun,
  exampleWalletId as walletId,
} from './exampleStory.ts';

const sendAgain = 'It had no effect and may be sent again.';
const nothingDone = 'Nothing was done for this request. Under an Idempotency-Key it is safe to send again.';
const amountRefused = 'must be a plain decimal number without sign, exponent or leading zeros';

const cursorAhead =
  'The log was restored to an earlier state, so events after this cursor may be missed. Compare, then begin at 0 or latest.';

type Details = Omit<Problem, 'code'>;

const details: Readonly<Record<ProblemCode, Details>> = {
  MALFORMED_REQUEST: { detail: `${problemKinds.MALFORMED_REQUEST.title}.` },
  MALFORMED_JSON: {
    detail: 'The body is not valid JSON: the parser stopped at position 14 (line 1 column 15).',
  },
  VALIDATION_FAILED: {
    detail: '/ownerId is not known here',
    errors: [{ pointer: '/ownerId', detail: 'is not known here' }],
  },
  AMOUNT_INVALID: {
    detail: `amount ${amountRefused}.`,
    walletId,
    errors: [{ pointer: '/amount', detail: amountRefused }],
  },
  EXPIRY_INVALID: {
    detail: 'expiresAt must lie at least one second ahead.',
    walletId: cardWalletId,
    errors: [{ pointer: '/expiresAt', detail: 'must lie at least one second ahead' }],
  },
  WALLET_CLOSED: { detail: 'Wallet "wallet-closed" is closed.', walletId: 'wallet-closed' },
  WALLET_FROZEN: {
    detail: 'Wallet "wallet-frozen" is frozen for debits.',
    walletId: 'wallet-frozen',
    freezeScope: 'debits',
  },
  WALLET_NOT_EMPTY: {
    detail: 'Wallet "wallet-001" has a balance of 100.00 USD and 0 open holds.',
    walletId,
    ...{ walletBalance: '100.00', held: '0.00', currency: 'USD', openHolds: 0 },
  },
  HOLD_ALREADY_EXISTS: {
    detail: 'Wallet "wallet-003" had a hold "hold-1" before.',
    walletId: cardWalletId,
  },
  HOLD_NOT_FOUND: { detail: 'Wallet "wallet-003" has no hold "hold-404".', walletId: cardWalletId },
  HOLD_CLOSED: {
    detail: 'Hold "hold-1" of wallet "wallet-003" has ended: voided.',
    walletId: cardWalletId,
    holdStatus: 'voided',
  },
  HOLD_EXPIRED: {
    detail: 'Hold "hold-2" of wallet "wallet-003" expired at 2026-11-22T17:00:01.000Z.',
    walletId: cardWalletId,
    expiresAt: '2026-11-22T17:00:01.000Z',
  },
  NOT_REVERSIBLE: {
    detail: 'Version 1 of wallet "wallet-003" is no movement that can be reversed.',
    walletId: cardWalletId,
  },
  ALREADY_REVERSED: {
    detail: 'All of version 2 of wallet "wallet-004" was reversed before.',
    walletId: 'wallet-004',
  },
  HOLD_AMOUNT_EXCEEDED: {
    detail: '30.00 USD remain of hold "hold-3", less than 40.00.',
    walletId: 'wallet-004',
    ...{ remaining: '30.00', requested: '40.00', currency: 'USD' },
  },
  REVERSAL_EXCEEDS_ORIGINAL: {
    detail: '25.50 USD of the movement are left to reverse, less than 30.00.',
    walletId: 'wallet-004',
    ...{ remaining: '25.50', requested: '30.00', currency: 'USD' },
  },
  LIMIT_BELOW_USE: {
    detail:
      'maximumBalance 10.00 does not fit wallet "wallet-001", which has 100.00 USD and 0.00 of it held.',
    walletId,
    ...{ walletBalance: '100.00', held: '0.00', limit: '10.00', currency: 'USD' },
  },
  DETAILS_TOO_LARGE: {
    detail:
      'Wallet "wallet-004" would have 51 keys of 501 bytes and 0 labels. At most 50 keys, 8192 bytes and 20 labels are kept.',
    walletId: 'wallet-004',
  },
  TOO_MANY_HOLDS: {
    detail: 'Wallet "wallet-004" has 1000 open holds, the most that a wallet may have.',
    walletId: 'wallet-004',
    openHolds: 1000,
  },
  TOO_MANY_CAPTURES: {
    detail: 'Hold "hold-3" was captured 49 times; capture 50 must be final.',
    walletId: 'wallet-004',
  },
  TOO_MANY_REVERSALS: {
    detail:
      'Version 2 of wallet "wallet-004" was reversed 99 times; reversal 100 must take all that is left.',
    walletId: 'wallet-004',
  },
  UPGRADE_UNFINISHED: { detail: sendAgain, walletId, commandId },
  UNAUTHENTICATED: { detail: 'Send a valid API key as "Authorization: Bearer wk_…".' },
  TENANT_SUSPENDED: { detail: 'Tenant "acme" is suspended.' },
  TENANT_NOT_FOUND: { detail: 'There is no tenant "no-bank".' },
  TENANT_ALREADY_EXISTS: { detail: 'Tenant "acme" exists already.' },
  TENANTS_NOT_READY: {
    detail:
      'Tenants need level 3, and level 1 is open: it opens by itself once no process of an older release runs.',
  },
  FORBIDDEN: { detail: 'This needs the scope money:debit.', scope: 'money:debit' },
  CROSS_SITE_REFUSED: {
    detail: "A browser's request for this has to come from a page of this server, as application/json.",
  },
  WALLET_NOT_FOUND: { detail: 'There is no wallet "wallet-404".', walletId: 'wallet-404' },
  WALLET_NOT_YET_CREATED: {
    detail: 'Wallet "wallet-001" was created at 2026-11-22T17:00:00.000Z, after 2020-01-01T00:00:00.000Z.',
    walletId,
  },
  MOVEMENT_NOT_FOUND: { detail: 'There is no movement "wallet-001@999".', walletId },
  FAILURE_NOT_FOUND: {
    detail: 'Nothing is parked at /admin/failures/ledger/999999/retry; GET /admin/failures lists what is.',
  },
  OCCURRENCE_NOT_FOUND: {
    detail:
      'The condition recovery-failed does not tell of the occurrence "another-run"; GET /admin/health shows the occurrences.',
  },
  CONDITION_NOT_DISMISSIBLE: {
    detail:
      'The condition worker-away tells what is so now and ends with its cause. Only these can be dismissed: recovery-failed, differences-found.',
  },
  SCHEDULE_NOT_FOUND: {
    detail: 'There is no schedule for "read-model" yet; the first worker that starts makes it.',
  },
  RECOVERY_NOT_FOUND: {
    detail: 'There is no recovery "rebuild-404"; GET /admin/recovery lists what there is.',
    workflowId: 'rebuild-404',
  },
  KEY_NOT_FOUND: { detail: 'There is no key "0DkB3tWcJ9sLmB".' },
  KEY_ENDED: { detail: 'Key 0DkB3tWcJ9sLmA has ended or was replaced before.' },
  WEBHOOK_ENDPOINT_NOT_FOUND: {
    detail: 'There is no webhook endpoint "whe_ffffffffffffffffffffffff".',
  },
  WEBHOOK_REPLAY_NOT_FOUND: {
    detail: 'The webhook endpoint has no replay "whr_ffffffffffffffffffffffff".',
  },
  TOO_MANY_WEBHOOK_ENDPOINTS: {
    detail: 'There are as many webhook endpoints as there may be. Delete one that is not used.',
  },
  TOO_MANY_REPLAYS: { detail: 'The endpoint has 5 replays that go on already.' },
  TOO_MANY_TESTS: { detail: 'This process runs 4 tests already.' },
  WEBHOOK_KEY_MISSING: { detail: secretBoxMissing },
  KEY_PEPPER_MISSING: { detail: 'This process has no API_KEY_PEPPERS, so it can make no keys.' },
  ROUTE_NOT_FOUND: { detail: 'There is nothing at /purses.' },
  METHOD_NOT_ALLOWED: { detail: '/wallets/wallet-001/credit does not know GET.' },
  HOST_NOT_SERVED: { detail: `${problemKinds.HOST_NOT_SERVED.title}.` },
  REQUEST_TIMEOUT: { detail: `${problemKinds.REQUEST_TIMEOUT.title}.` },
  WALLET_ALREADY_EXISTS: { detail: 'Wallet "wallet-001" exists already.', walletId },
  FAILURE_RESOLVED: {
    detail: 'The event was resolved before: skipped: test event of a tool that is gone.',
    walletId: 'wallet-parked',
  },
  RECOVERY_RUNNING: {
    detail: `rebuild-ledger runs already; its progress is at /admin/recovery/rebuild-ledger and ${exampleRun.url}.`,
    workflowId: exampleRun.workflowId,
    progress: exampleProgress('running'),
  },
  RECOVERY_ENDED: {
    detail: 'rebuild-ledger is CANCELLED: there is nothing to pause.',
    workflowId: exampleRun.workflowId,
  },
  RECOVERY_ID_HELD: {
    detail: `"verify-projections" is held by a workflow of type "verifyProjection" on the task queue "walet" since 2026-08-01T12:00:00.000Z. No worker has begun it. The id belongs to verifyProjections on the task queue "wallet". End it with: temporal workflow terminate --reason 'wrong start' --namespace default --workflow-id verify-projections`,
    workflowId: 'verify-projections',
  },
  VERSION_MISMATCH: {
    detail: 'Wallet "wallet-001" has version 4, which If-Match does not name.',
    walletId,
    currentVersion: 4,
  },
  BODY_TOO_LARGE: { detail: 'The body may have 16384 bytes.' },
  UNSUPPORTED_MEDIA_TYPE: {
    detail: 'Send the body as application/json in UTF-8, without a content encoding.',
  },
  SAME_WALLET: { detail: 'A transfer needs two different wallets.', walletId },
  CURRENCY_MISMATCH: {
    detail: 'Wallet "wallet-001" holds USD, wallet "wallet-eur" holds EUR.',
    walletId: 'wallet-eur',
  },
  LIMIT_EXCEEDED: {
    detail:
      'Rule "purchases" allows 3 movements out of wallet "wallet-velocity" in its lifetime, of which 3 are used.',
    walletId: 'wallet-velocity',
    ...{ rule: 'purchases', window: 'lifetime', measure: 'count', used: '3', max: '3' },
  },
  INSUFFICIENT_FUNDS: {
    detail: 'Wallet "wallet-001" has 100.00 USD available, less than 5000.00.',
    walletId,
    available: '100.00',
    held: '0.00',
    requested: '5000.00',
    currency: 'USD',
  },
  BALANCE_LIMIT_EXCEEDED: {
    detail: 'The balance of wallet "wallet-001" would exceed 9999999999999999.99 USD.',
    walletId,
    requested: '9999999999999999.99',
    limit: '9999999999999999.99',
    currency: 'USD',
  },
  IDEMPOTENCY_KEY_REUSED: {
    detail: 'This Idempotency-Key was used for another request; use a new one.',
    walletId,
  },
  RATE_LIMITED: {
    detail: 'The quota "read" of 1 a minute is used up. Ask again in 60 s.',
    'violated-policies': ['read'],
  },
  HEADERS_TOO_LARGE: { detail: `${problemKinds.HEADERS_TOO_LARGE.title}.` },
  EVENT_UNREADABLE: {
    detail:
      'event at position 25 of wallet "wallet-parked" can\'t be read: unknown type "WalletPainted". Parked events: GET /admin/failures.',
    walletId: 'wallet-parked',
  },
  INTERNAL_ERROR: { detail: `Look for request ${exampleRequestId} in the log.` },
  FEED_UNAVAILABLE: { detail: 'The end of the log can not be read now.' },
  ARCHIVED: {
    detail:
      'Version 2 of wallet "archived" is archived. The log has no older events. An operator can restore older ones: wallet archive restore.',
  },
  CURSOR_AHEAD: { detail: cursorAhead },
  TOO_MANY_STREAMS: {
    detail: 'A caller may have 2 streams and waiting requests at once. Close one, or share one.',
  },
  TOO_MANY_READS: { detail: 'This process answers 256 reads at once.' },
  QUEUE_FULL: { detail: nothingDone },
  QUEUE_TIMEOUT: { detail: sendAgain, walletId, commandId },
  WALLET_BUSY: { detail: sendAgain, walletId, commandId },
  SHUTTING_DOWN: { detail: nothingDone },
  DATABASE_UNAVAILABLE: { detail: sendAgain, walletId, commandId },
  SEARCH_UNAVAILABLE: {
    detail: 'The read model does not answer. Without it, wallets are listed by ownerId alone.',
  },
  TEMPORAL_UNAVAILABLE: {
    detail: 'Neither Temporal nor a worker answered in time; look again before asking again.',
  },
  OUTCOME_UNKNOWN: {
    detail: `It may have taken effect. Ask GET /commands/${commandId} before you send it again: "committed" means that it has, "unknown" that it was refused or has not been committed yet.`,
    walletId,
    commandId,
  },
};

/** The problem document that the reference shows for this code. */
export function problemExample(code: ProblemCode): Readonly<Record<string, unknown>> {
  const { body } = problemAnswer({ code, ...details[code] }, exampleRequestId);
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}
