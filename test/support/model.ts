// The wallet service as a small executable specification, written from the API's description and not from the
// code. Tests replay it next to the real service and compare every answer. Invariant: it imports nothing that
// runs.

/** A request as a client means it. Amounts are the text that is sent. */
export type Request = CreateRequest | MoveRequest | TransferRequest;

interface CreateRequest {
  readonly kind: 'create';
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly initialBalance: string;
}

interface Movement {
  readonly walletId: string;
  readonly amount: string;
  readonly description: string;
  /** The versions that If-Match names. Undefined if the header is not sent. */
  readonly ifMatch?: readonly number[];
}

interface MoveRequest extends Movement {
  readonly kind: 'credit' | 'debit';
}

interface TransferRequest extends Movement {
  readonly kind: 'transfer';
  readonly toWalletId: string;
}

export interface ModelWallet {
  readonly id: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly version: number;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type ModelWallets = ReadonlyMap<string, ModelWallet>;

/** In the documented order: a request with two faults is refused for the first one on this list. */
export const refusalStatuses = {
  WALLET_ALREADY_EXISTS: 409,
  SAME_WALLET: 422,
  WALLET_NOT_FOUND: 404,
  VERSION_MISMATCH: 412,
  AMOUNT_INVALID: 400,
  CURRENCY_MISMATCH: 422,
  INSUFFICIENT_FUNDS: 422,
  BALANCE_LIMIT_EXCEEDED: 422,
} as const;
type RefusalCode = keyof typeof refusalStatuses;

interface Refusal {
  readonly code: RefusalCode;
  /** The wallet at fault. */
  readonly walletId: string;
  readonly currentVersion?: number;
  /** Words about the state at which it was refused. The answer's sentence must contain them. */
  readonly says?: string;
  /** The amounts that the answer tells, as decimal text, and their currency. */
  readonly numbers?: Readonly<Record<string, string>>;
}

export type Verdict = { readonly wallets: readonly ModelWallet[] } | { readonly refusal: Refusal };

const decimalsByCurrency: Readonly<Record<string, number>> = { USD: 2, EUR: 2, JPY: 0, KWD: 3, CLF: 4 };
export const modelCurrencies: readonly string[] = Object.keys(decimalsByCurrency);

/** The largest amount and the largest balance, in minor units. */
export const largestMinor = 999_999_999_999_999_999n;

/** The outcome that a request must have on these wallets at that time. */
export function specify(wallets: ModelWallets, request: Request, at: string): Verdict {
  if (request.kind === 'create') return specifyCreate(wallets, request, at);
  const { walletId } = request;
  const wallet = wallets.get(walletId);
  if (request.kind === 'transfer') {
    if (request.toWalletId === walletId) return refuse('SAME_WALLET', walletId);
    if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
    if (!wallets.has(request.toWalletId)) return refuse('WALLET_NOT_FOUND', request.toWalletId);
  }
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const { version } = wallet;
  if (request.ifMatch !== undefined && !request.ifMatch.includes(version))
    return refuse('VERSION_MISMATCH', walletId, { currentVersion: version });
  const amount = minorOf(request.amount, wallet.currency);
  if (amount === undefined || amount === 0n) return refuse('AMOUNT_INVALID', walletId);
  if (request.kind !== 'transfer') {
    const minor = request.kind === 'credit' ? amount : -amount;
    if (wallet.balanceMinor + minor > largestMinor)
      return refuse('BALANCE_LIMIT_EXCEEDED', walletId, exceeds(wallet, amount));
    if (wallet.balanceMinor + minor < 0n)
      return refuse('INSUFFICIENT_FUNDS', walletId, holds(wallet, amount));
    return { wallets: [moved(wallet, minor, at)] };
  }
  const target = wallets.get(request.toWalletId) as ModelWallet;
  if (target.currency !== wallet.currency) return refuse('CURRENCY_MISMATCH', target.id);
  if (wallet.balanceMinor < amount) return refuse('INSUFFICIENT_FUNDS', walletId, holds(wallet, amount));
  if (target.balanceMinor + amount > largestMinor)
    return refuse('BALANCE_LIMIT_EXCEEDED', target.id, exceeds(target, amount));
  // Both wallets have the same time, and time goes back for neither.
  const both = [at, wallet.updatedAt, target.updatedAt].sort().at(-1) as string;
  return { wallets: [moved(wallet, -amount, both), moved(target, amount, both)] };
}

function specifyCreate(wallets: ModelWallets, request: CreateRequest, at: string): Verdict {
  const { walletId, ownerId, currency } = request;
  if (wallets.has(walletId)) return refuse('WALLET_ALREADY_EXISTS', walletId);
  const balanceMinor = minorOf(request.initialBalance, currency);
  if (balanceMinor === undefined) return refuse('AMOUNT_INVALID', walletId);
  const wallet = { id: walletId, ownerId, currency, balanceMinor, version: 1 };
  return { wallets: [{ ...wallet, createdAt: at, updatedAt: at }] };
}

function moved(wallet: ModelWallet, minor: bigint, at: string): ModelWallet {
  const updatedAt = at > wallet.updatedAt ? at : wallet.updatedAt;
  return { ...wallet, balanceMinor: wallet.balanceMinor + minor, version: wallet.version + 1, updatedAt };
}

function refuse(code: RefusalCode, walletId: string, more: Omit<Refusal, 'code' | 'walletId'> = {}): Verdict {
  return { refusal: { code, walletId, ...more } };
}

function holds({ balanceMinor, currency }: ModelWallet, minor: bigint): Pick<Refusal, 'says' | 'numbers'> {
  const available = decimalOf(balanceMinor, currency);
  const requested = decimalOf(minor, currency);
  const numbers = { available, held: decimalOf(0n, currency), requested, currency };
  return { says: `has ${available} ${currency} available`, numbers };
}

function exceeds({ currency }: ModelWallet, minor: bigint): Pick<Refusal, 'numbers'> {
  const requested = decimalOf(minor, currency);
  return { numbers: { requested, limit: decimalOf(largestMinor, currency), currency } };
}

/** Minor units of "12.34". Undefined if it is no plain decimal, too fine for the currency, or too large. */
function minorOf(text: string, currency: string): bigint | undefined {
  const decimals = decimalsByCurrency[currency];
  const [units = '', fraction, ...rest] = text.split('.');
  const isDigits = (part: string) => /^[0-9]+$/.test(part);
  if (decimals === undefined || rest.length > 0 || !isDigits(units)) return undefined;
  if (fraction !== undefined && (!isDigits(fraction) || fraction.length > decimals)) return undefined;
  if (units.length > 1 && units.startsWith('0')) return undefined;
  const minor =
    BigInt(units) * 10n ** BigInt(decimals) + BigInt((fraction ?? '').padEnd(decimals, '0') || '0');
  return minor > largestMinor ? undefined : minor;
}

/** "12.34" of 1234 minor units. */
export function decimalOf(minor: bigint, currency: string): string {
  const decimals = decimalsByCurrency[currency] ?? 0;
  if (decimals === 0) return String(minor);
  const scale = 10n ** BigInt(decimals);
  return `${minor / scale}.${String(minor % scale).padStart(decimals, '0')}`;
}

/** The answers of a release, as this one gives them, or as the one before holds did. */
export type AnswerForm = 'now' | 'beforeHolds';

/** A wallet as every read shows it, to the byte. */
export function walletText(wallet: ModelWallet, form: AnswerForm = 'now'): string {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  const balance = decimalOf(balanceMinor, currency);
  const state =
    form === 'now' ? `"held":${decimalOf(0n, currency)},"available":${balance},"status":"active",` : '';
  return (
    `{"id":"${id}","ownerId":"${ownerId}","balance":${balance},${state}"version":${version},` +
    `"createdAt":"${createdAt}","updatedAt":"${updatedAt}","currency":"${currency}"}`
  );
}

/** Status and body of an accepted request. */
export function acceptedAnswer(
  kind: Request['kind'],
  [first, second]: readonly ModelWallet[],
  form: AnswerForm = 'now',
): { readonly status: number; readonly text: string } {
  if (first === undefined) throw new Error(`an accepted ${kind} changes a wallet`);
  const movement = `"movementId":"${first.id}@${first.version}"`;
  if (kind !== 'transfer') {
    const text = `${walletText(first, form).slice(0, -1)},${movement}}`;
    return { status: kind === 'create' ? 201 : 200, text };
  }
  if (second === undefined) throw new Error('a transfer changes two wallets');
  return {
    status: 200,
    text: `{"fromWallet":${walletText(first, form)},"toWallet":${walletText(second, form)},${movement}}`,
  };
}

/**
 * True if an answer with this status is kept under the request's key. Other answers allow a corrected
 * request.
 */
function isKept(status: number): boolean {
  return status !== 400 && status !== 412 && status < 500;
}

/**
 * Equal for two requests that count as one under a key: operation, address and values, without If-Match. The
 * amounts 50 and 50.00 are one value.
 */
export function fingerprintOf(request: Request): string {
  const body = Object.entries(request)
    .filter(([name]) => name !== 'ifMatch')
    .map(([name, value]): [string, unknown] => [name, isAmount(name) ? amountValue(String(value)) : value]);
  return JSON.stringify(body.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isAmount(name: string): boolean {
  return name === 'amount' || name === 'initialBalance';
}

function amountValue(text: string): string {
  return /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

/** The state of the service: the wallets, and the answers by key. */
export interface Model {
  readonly wallets: ModelWallets;
  readonly kept: ReadonlyMap<string, { readonly fingerprint: string; readonly verdict: Verdict }>;
}

export const emptyModel: Model = { wallets: new Map(), kept: new Map() };

export type Performed =
  | { readonly outcome: 'performed' | 'replayed'; readonly verdict: Verdict }
  | { readonly outcome: 'keyReused' };

/** Handles one request, under a key if it has one, and gives the new state. */
export function perform(
  model: Model,
  request: Request,
  key: string | undefined,
  at: string,
): readonly [Performed, Model] {
  const fingerprint = fingerprintOf(request);
  const earlier = key === undefined ? undefined : model.kept.get(key);
  if (earlier !== undefined && earlier.fingerprint !== fingerprint) return [{ outcome: 'keyReused' }, model];
  if (earlier !== undefined) return [{ outcome: 'replayed', verdict: earlier.verdict }, model];

  const verdict = specify(model.wallets, request, at);
  const changed = 'wallets' in verdict ? verdict.wallets : [];
  const wallets = new Map([...model.wallets, ...changed.map((wallet) => [wallet.id, wallet] as const)]);
  const isFinal = 'wallets' in verdict || isKept(refusalStatuses[verdict.refusal.code]);
  const kept =
    key !== undefined && isFinal ? new Map([...model.kept, [key, { fingerprint, verdict }]]) : model.kept;
  return [
    { outcome: 'performed', verdict },
    { wallets, kept },
  ];
}
