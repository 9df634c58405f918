// The requests about holds, reversals and wallets themselves: place, capture, void, adjust, reverse, freeze,
// unfreeze, close, limits, velocity rules, alert rules and details. They name what the clients know, and now
// and then something else. Holds and freezes end after a second or two, so that requests meet them before,
// at and after their end.
import { between, pick, type Random, whole } from '../../../harness/random.ts';
import type { ExpiryFields, Request, VelocityRequest } from '../../support/model/requests.ts';
import type { Known, Named } from './known.ts';

export interface Asking {
  readonly random: Random;
  readonly known: Known;
  /** A wallet of the history, mostly one that other requests use too. */
  readonly walletId: () => string;
  /** A wallet that is seldom the one that pays. */
  readonly payee: () => string;
  /** One of the wallets that are there to be closed. */
  readonly brief: () => string;
  readonly description: () => string;
  /** A name that no other request of the history has. */
  readonly fresh: string;
}

type Make = (asking: Asking) => Request;

/** Each kind with its weight. */
const kinds: readonly (readonly [number, Make])[] = [
  [30, place],
  [24, capture],
  [10, release],
  [9, adjust],
  [14, reverse],
  [6, freeze],
  [5, unfreeze],
  [3, close],
  [5, limits],
  [5, velocity],
  [5, alerts],
  [7, details],
];
const weights = kinds.reduce((sum, [weight]) => sum + weight, 0);

export function paymentRequest(asking: Asking): Request {
  let left = asking.random() * weights;
  for (const [weight, make] of kinds) {
    left -= weight;
    if (left < 0) return make(asking);
  }
  return place(asking);
}

/** The shortest lifetime of a hold is a second. A request on the way may find its time too near. */
const soonMs = { min: 1_000, max: 2_500 };

function expiry(random: Random): ExpiryFields {
  const chance = random();
  if (chance < 0.45) return { expiresInSeconds: pick(random, [1, 1, 2]) };
  if (chance < 0.7) return { expiresAt: inMs(between(random, soonMs.min, soonMs.max)) };
  if (chance < 0.72) return { expiresInSeconds: 366 * 86_400 };
  // It must outlive the run. A hold that ends in a later round would change a wallet of this one.
  return chance < 0.9 ? { expiresInSeconds: 86_400 } : {};
}

function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

function small(random: Random, unitsMax: number): string {
  return `${whole(random, unitsMax)}.${String(1 + whole(random, 99)).padStart(2, '0')}`;
}

function place({ random, known, walletId, payee, description, fresh }: Asking): Request {
  const used = random() < 0.08 ? someHold(random, known) : undefined;
  const target = random() < 0.4 ? { toWalletId: random() < 0.5 ? payee() : walletId() } : {};
  const metadata = random() < 0.2 ? { metadata: { order: fresh } } : {};
  return {
    kind: 'place',
    ...(used ?? { walletId: walletId(), holdId: `h-${fresh}` }),
    amount: random() < 0.03 ? '1.234' : small(random, random() < 0.1 ? 200 : 12),
    description: description(),
    ...{ ...target, ...metadata, ...expiry(random) },
  };
}

/** Mostly one of the last holds, so that several clients meet at one that may still be open. */
function someHold(random: Random, { holds, placed }: Known): Named | undefined {
  const from = random() < 0.75 && placed.length > 0 ? placed : holds;
  const recent = random() < 0.85 ? from.slice(-4) : from;
  return recent.length === 0 ? undefined : pick(random, recent);
}

function named({ random, known, walletId }: Asking): Named {
  const hold = random() < 0.05 ? undefined : someHold(random, known);
  return hold ?? { walletId: walletId(), holdId: 'nobody-placed-it' };
}

function capture(asking: Asking): Request {
  const { random, description } = asking;
  const chance = random();
  const amounts =
    chance < 0.35
      ? {}
      : chance < 0.7
        ? { amount: small(random, 5), final: false }
        : chance < 0.8
          ? { amount: small(random, 5), final: true }
          : { amount: small(random, 25), overcapture: random() < 0.7, final: random() < 0.5 };
  return { kind: 'capture', ...named(asking), ...amounts, description: description() };
}

function release(asking: Asking): Request {
  return { kind: 'void', ...named(asking), reason: 'order cancelled' };
}

function adjust(asking: Asking): Request {
  const { random } = asking;
  const amount = random() < 0.7 ? { amount: small(random, 20) } : {};
  const longer = random() < 0.5 || amount.amount === undefined;
  const end = longer ? { expiresInSeconds: pick(random, [1, 2, 86_400]) } : {};
  return { kind: 'adjust', ...named(asking), ...amount, ...end };
}

function reverse({ random, known, walletId, description }: Asking): Request {
  const chance = random();
  const amount = random() < 0.5 ? {} : { amount: small(random, random() < 0.2 ? 60 : 6) };
  const reason = pick(random, ['mistake', 'refund', 'fraud', 'duplicate', 'other'] as const);
  return {
    kind: 'reverse',
    ...placeOfMovement(chance, random, known, walletId()),
    ...amount,
    reason,
    description: description(),
  };
}

/** A movement, an event of another kind, or a version that a known wallet does not have yet. */
function placeOfMovement(chance: number, random: Random, known: Known, walletId: string) {
  const { movements, versions } = known;
  if (chance < 0.75 && movements.length > 0) {
    const { walletId: id, version } = pick(random, chance < 0.5 ? movements.slice(-6) : movements);
    return { walletId: id, version };
  }
  const seen = versions.get(walletId);
  // A wallet that may be created meanwhile could be absent and present in one request.
  if (seen === undefined) return { walletId: movements.at(-1)?.walletId ?? walletId, version: 1 };
  return { walletId, version: random() < 0.7 ? 1 + whole(random, seen) : seen + 1 + whole(random, 20) };
}

function freeze({ random, walletId }: Asking): Request {
  const until = random() < 0.7 ? { until: inMs(between(random, 50, 1_500)) } : {};
  return {
    kind: 'freeze',
    walletId: walletId(),
    scope: pick(random, ['debits', 'credits', 'all'] as const),
    reason: 'stolen card',
    holds: random() < 0.5 ? 'honor' : 'block',
    ...until,
  };
}

function unfreeze({ random, known, walletId }: Asking): Request {
  const [last] = known.frozen.slice(-1);
  return {
    kind: 'unfreeze',
    walletId: last !== undefined && random() < 0.8 ? last : walletId(),
    reason: 'the card was found',
  };
}

/** Nearly always a wallet that is there for it. A history whose wallets are closed would end early. */
function close({ random, walletId, brief }: Asking): Request {
  const sweep = random() < 0.7 ? { sweepToWalletId: random() < 0.1 ? brief() : walletId() } : {};
  return { kind: 'close', walletId: random() < 0.9 ? brief() : walletId(), reason: 'moved away', ...sweep };
}

function limits({ random, walletId }: Asking): Request {
  const minimum = pick(random, ['', '', '-20', '-5.50', '5', '40', '-1.234']);
  const maximum = pick(random, ['', '', '', '60', '500', '1000.00']);
  return {
    kind: 'limits',
    walletId: walletId(),
    ...(minimum !== '' && { minimumBalance: minimum }),
    ...(maximum !== '' && { maximumBalance: maximum }),
  };
}

/** Rules that are soon used up, rules that seldom are, and now and then none, so that movements go on. */
function velocity({ random, walletId }: Asking): Request {
  const names = ['one', 'two'].filter(() => random() < 0.6);
  return { kind: 'velocity', walletId: walletId(), rules: names.map((name) => velocityRule(random, name)) };
}

function velocityRule(random: Random, name: string): VelocityRequest['rules'][number] {
  const window = pick(random, ['transaction', 'day', 'month', 'lifetime'] as const);
  const direction = random() < 0.7 ? 'out' : 'in';
  const maxAmount = pick(random, ['6', '20.00', '60', '500', '1.234']);
  // A rule of one movement has no number of movements.
  if (window === 'transaction' || random() < 0.5) return { name, window, direction, maxAmount };
  return { name, window, direction, maxCount: pick(random, [1, 3, 10, 1_000]) };
}

/** Amounts that the wallets of a history cross often, and one that is too fine for most currencies. */
function alerts({ random, walletId }: Asking): Request {
  const names = ['one', 'two', 'three'].filter(() => random() < 0.7);
  const rules = names.map((name) => ({
    name,
    field: random() < 0.6 ? ('available' as const) : ('balance' as const),
    op: random() < 0.6 ? ('below' as const) : ('above' as const),
    amount: pick(random, ['10', '30', '50.00', '80', '100', '-5', '0', '1.234']),
  }));
  return { kind: 'alerts', walletId: walletId(), alerts: rules };
}

/** Keys have one length, because PostgreSQL orders the keys of an object by their lengths first. */
const keys = ['key-a', 'key-b', 'key-c', 'key-d'];
/** More keys than a wallet keeps. */
const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key-${100 + index}`, 'x']));

function details({ random, walletId, fresh }: Asking): Request {
  const some = keys.filter(() => random() < 0.4);
  const metadata = Object.fromEntries(
    some.map((key) => [key, random() < 0.3 ? null : pick(random, ['one', 'two', fresh])]),
  );
  const labels = random() < 0.4 ? { labels: ['vip', 'new', 'Ä'].filter(() => random() < 0.5) } : {};
  return {
    kind: 'details',
    walletId: walletId(),
    metadata: random() < 0.04 ? tooMany : metadata,
    ...labels,
  };
}
