// The wallet service as a small executable specification, written from the API's description and not from the
// code. Tests replay it next to the real service and compare every answer. Invariant: neither it nor a file
// of its folder runs anything else.
import { amountValue, largestMinor, minorOf } from './model/amounts.ts';
import { endDue } from './model/due.ts';
import { planAdjust, planCapture, planPlace, planVoid } from './model/holds.ts';
import {
  planAlerts,
  planClose,
  planDetails,
  planFreeze,
  planLimits,
  planUnfreeze,
  planVelocity,
} from './model/lifecycle.ts';
import { type Plan, planMove, planReverse, planTransfer } from './model/movements.ts';
import { isRefused, refuse, type RefusalCode, type Refused, type Verdict } from './model/refusals.ts';
import { isMoving, type MovingRequest, type Request, versionsNamed } from './model/requests.ts';
import { timeFor } from './model/velocity.ts';
import { happen, type ModelWallet, type ModelWallets } from './model/wallets.ts';

/**
 * The outcome that a request must have on these wallets at that time. `seen` are the wallets when it arrived,
 * before it waited for its turn.
 */
export function specify(wallets: ModelWallets, request: Request, at: string, seen = wallets): Verdict {
  if (request.kind === 'create') return specifyCreate(wallets, request, at);
  const due = endDue(wallets, walletIdsOf(request, seen), at);
  const before = due.wallets.get(request.walletId);
  const stored = wallets.get(request.walletId);
  // If-Match names a version that a client can have read. What is due by itself is no change of another one.
  const named = versionsNamed(request);
  const asked =
    named !== undefined && before !== undefined && stored !== undefined && before.version > stored.version
      ? { ...request, ifMatch: named.includes(stored.version) ? [before.version] : [] }
      : request;
  const plan = planOf(due.wallets, asked, at, seen);
  if (isRefused(plan)) {
    const { refusal } = plan;
    return refusal.code === 'VERSION_MISMATCH' && stored !== undefined
      ? { refusal: { ...refusal, currentVersion: stored.version } }
      : plan;
  }
  const done = happen(due.wallets, plan.steps, at);
  const shownIds = [...new Set(plan.steps.map(({ walletId }) => walletId))];
  const [firstId = request.walletId] = shownIds;
  const shown = (shownIds.length === 0 ? [firstId] : shownIds).map(
    (id) => done.wallets.get(id) as ModelWallet,
  );
  const [firstEvent] = done.events;
  const holdId = plan.shownHoldId;
  return {
    events: [...due.events, ...done.events],
    ...{ shown, at: timeFor(at, shown[0]) },
    movementId: firstEvent && `${firstId}@${firstEvent.wallet.version}`,
    ...(holdId !== undefined && { hold: shown[0]?.holds.get(holdId) }),
    ...(plan.capturedMinor !== undefined && { capturedMinor: plan.capturedMinor }),
    ...(plan.reversal !== undefined && { reversal: plan.reversal }),
  } as Verdict;
}

function planOf(wallets: ModelWallets, request: Request, at: string, seen: ModelWallets): Plan | Refused {
  switch (request.kind) {
    case 'credit':
    case 'debit':
      return planMove(wallets, request, at);
    case 'transfer':
      return planTransfer(wallets, request, at);
    case 'place':
      return planPlace(wallets, request, at);
    case 'capture':
      return planCapture(wallets, request, at, seen);
    case 'void':
      return planVoid(wallets, request, at);
    case 'adjust':
      return planAdjust(wallets, request, at);
    case 'freeze':
      return planFreeze(wallets, request, at);
    case 'unfreeze':
      return planUnfreeze(wallets, request);
    case 'close':
      return planClose(wallets, request, at);
    case 'limits':
      return planLimits(wallets, request);
    case 'velocity':
      return planVelocity(wallets, request);
    case 'alerts':
      return planAlerts(wallets, request);
    case 'details':
      return planDetails(wallets, request);
    case 'reverse':
      return planReverse(wallets, request, seen);
    case 'endDue':
      return wallets.has(request.walletId) ? { steps: [] } : refuse('WALLET_NOT_FOUND', request.walletId);
    default:
      throw new Error(`${request.kind} is planned elsewhere`);
  }
}

/** The wallets that the request may change: its own, and the one on the other side. */
function walletIdsOf(request: Request, seen: ModelWallets): readonly string[] {
  const { walletId } = request;
  const other = otherIdOf(request, seen);
  return other === undefined || other === walletId ? [walletId] : [walletId, other];
}

function otherIdOf(request: Request, seen: ModelWallets): string | undefined {
  const wallet = seen.get(request.walletId);
  switch (request.kind) {
    case 'transfer':
    case 'place':
      return request.toWalletId;
    case 'capture':
      return wallet?.holds.get(request.holdId)?.toWalletId;
    case 'close':
      return request.sweepToWalletId;
    case 'reverse':
      return wallet?.movements.get(request.version)?.other?.walletId;
    default:
      return undefined;
  }
}

function specifyCreate(
  wallets: ModelWallets,
  request: Extract<MovingRequest, { kind: 'create' }>,
  at: string,
): Verdict {
  const { walletId, ownerId, currency, initialBalance } = request;
  if (wallets.has(walletId)) return refuse('WALLET_ALREADY_EXISTS', walletId);
  const balanceMinor = minorOf(initialBalance, currency);
  if (balanceMinor === undefined) return refuse('AMOUNT_INVALID', walletId, { field: 'initialBalance' });
  const wallet: ModelWallet = {
    ...{ id: walletId, ownerId, currency, balanceMinor, version: 1, createdAt: at, updatedAt: at },
    ...{ status: 'active', freeze: undefined, minimumMinor: 0n, maximumMinor: largestMinor },
    ...{ metadata: {}, labels: [], holds: new Map(), movements: new Map(), rules: [], counts: [] },
    alertRules: [],
  };
  return {
    // A new wallet was on no side before, so it alerts nothing.
    events: [{ type: 'WalletCreated', wallet, alerts: [] }],
    ...{ shown: [wallet], at },
    movementId: `${walletId}@1`,
  };
}

/** The refusals after which the caller may correct the request under the same key. */
const correctable: ReadonlySet<RefusalCode> = new Set([
  ...(['AMOUNT_INVALID', 'EXPIRY_INVALID', 'VERSION_MISMATCH', 'MOVEMENT_NOT_FOUND'] as const),
]);

/**
 * Equal for two requests that count as one under a key: operation, address and values, without If-Match. The
 * amounts 50 and 50.00 are one value, and so are a value that is left out and its default.
 */
export function fingerprintOf(request: Request): string {
  const body = Object.entries({ ...defaultsOf[request.kind], ...request })
    .filter(([name, value]) => name !== 'ifMatch' && value !== undefined)
    .map(([name, value]): [string, unknown] => [name, valueOf(name, value)]);
  return JSON.stringify(body.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const defaultsOf: Readonly<Partial<Record<Request['kind'], object>>> = {
  capture: { final: true, overcapture: false },
  freeze: { holds: 'honor' },
  reverse: { reason: 'refund' },
};

const amountNames = new Set(['amount', 'initialBalance', 'minimumBalance', 'maximumBalance', 'maxAmount']);

function valueOf(name: string, value: unknown): unknown {
  if (amountNames.has(name)) return amountValue(String(value));
  // Their order means nothing.
  if (name === 'rules' || name === 'alerts') return (value as readonly object[]).map(membersOf).sort();
  if (name !== 'metadata') return value;
  return Object.entries(value as object).sort(([one], [other]) => (one < other ? -1 : 1));
}

function membersOf(rule: object): string {
  const members = Object.entries(rule).map(([name, value]) => `${name}=${String(valueOf(name, value))}`);
  return members.sort().join(' ');
}

/** The state of the service: the wallets, and the answers by key. */
export interface Model {
  readonly wallets: ModelWallets;
  readonly kept: ReadonlyMap<string, { readonly fingerprint: string; readonly verdict: Verdict }>;
}

export const emptyModel: Model = { wallets: new Map(), kept: new Map() };

export type Performed =
  | { readonly outcome: 'performed' | 'replayed'; readonly verdict: Verdict }
  | { readonly outcome: 'keyReused' }
  /** A release before holds still runs, so nothing is done that it does not know. */
  | { readonly outcome: 'unfinished' };

interface Circumstances {
  /** The wallets when the request arrived; those of the model if undefined. */
  readonly seen?: ModelWallets;
  /** Whether every process of the installation knows holds; true if undefined. */
  readonly isOpen?: boolean;
}

/** Handles one request, under a key if it has one, and gives the new state. */
export function perform(
  model: Model,
  request: Request,
  key: string | undefined,
  at: string,
  { seen = model.wallets, isOpen = true }: Circumstances = {},
): readonly [Performed, Model] {
  const fingerprint = fingerprintOf(request);
  const earlier = key === undefined ? undefined : model.kept.get(key);
  if (isUnknownMovement(request, seen))
    return [{ outcome: 'performed', verdict: refuse('MOVEMENT_NOT_FOUND', request.walletId) }, model];
  if (earlier !== undefined && earlier.fingerprint !== fingerprint) return [{ outcome: 'keyReused' }, model];
  if (earlier !== undefined) return [{ outcome: 'replayed', verdict: earlier.verdict }, model];
  if (!isOpen && !isMoving(request)) return [{ outcome: 'unfinished' }, model];

  const verdict = specify(model.wallets, request, at, seen);
  const events = 'events' in verdict ? verdict.events : [];
  const wallets = new Map(model.wallets);
  for (const { wallet } of events) wallets.set(wallet.id, wallet);
  const isFinal = 'events' in verdict || !correctable.has(verdict.refusal.code);
  const kept =
    key !== undefined && isFinal ? new Map([...model.kept, [key, { fingerprint, verdict }]]) : model.kept;
  return [
    { outcome: 'performed', verdict },
    { wallets, kept },
  ];
}

/** The API finds it out before it looks at the key. */
function isUnknownMovement(request: Request, seen: ModelWallets): boolean {
  const wallet = seen.get(request.walletId);
  return request.kind === 'reverse' && wallet !== undefined && request.version > wallet.version;
}
