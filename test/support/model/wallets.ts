// The state of the executable specification: wallets with their holds and movements, and how an event changes
// them.

export interface ModelHold {
  readonly holdId: string;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
  readonly releasedMinor: bigint;
  readonly remainingMinor: bigint;
  /** What was captured beyond the amount. */
  readonly overMinor: bigint;
  readonly captures: number;
  readonly expiresAt: string;
  readonly toWalletId: string | undefined;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly endedAt: string | undefined;
  readonly status: 'open' | 'captured' | 'voided' | 'expired';
}

/** A movement by the version that it gave its wallet. */
export interface ModelMovement {
  readonly kind: 'credit' | 'debit' | 'sent' | 'received';
  readonly amountMinor: bigint;
  /** Always 0 of the receiving half, because the sending half counts for both. */
  readonly reversedMinor: bigint;
  /** How often it was reversed. Absent if never. */
  readonly reversals?: number;
  /** The other half of a transfer. */
  readonly other?: { readonly walletId: string; readonly version: number };
}

/** Something that velocity rules count, by the version of the wallet that it made. */
export interface ModelCount {
  readonly direction: 'out' | 'in';
  /** Negative if a part of a hold was given back. */
  readonly minor: bigint;
  readonly count: -1 | 0 | 1;
  readonly version: number;
  readonly at: string;
  /** Of what was given back: the time at which its hold was placed. */
  readonly placedAt?: string;
}

export interface ModelRule {
  readonly name: string;
  readonly window: 'transaction' | 'day' | 'month' | 'lifetime';
  readonly direction: 'out' | 'in';
  readonly maxMinor: bigint | undefined;
  readonly maxCount: number | undefined;
  /** When the rule was made, and the version that this gave the wallet. */
  readonly since: string;
  readonly sinceVersion: number;
}

export interface ModelAlertRule {
  readonly name: string;
  readonly field: 'available' | 'balance';
  readonly op: 'below' | 'above';
  readonly amountMinor: bigint;
}

export interface ModelFreeze {
  readonly scope: 'debits' | 'credits' | 'all';
  readonly reason: string;
  readonly holds: 'honor' | 'block';
  readonly until: string | undefined;
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
  readonly status: 'active' | 'frozen' | 'closed';
  /** Present exactly if the wallet is frozen. */
  readonly freeze: ModelFreeze | undefined;
  readonly minimumMinor: bigint;
  readonly maximumMinor: bigint;
  readonly metadata: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly holds: ReadonlyMap<string, ModelHold>;
  readonly movements: ReadonlyMap<number, ModelMovement>;
  /** In order of their names. */
  readonly rules: readonly ModelRule[];
  /** All that was ever counted, in order. */
  readonly counts: readonly ModelCount[];
  /** In order of their names. */
  readonly alertRules: readonly ModelAlertRule[];
}

export type ModelWallets = ReadonlyMap<string, ModelWallet>;

/** One event: its type, the wallet after it, and the names of the alert rules that it made true. */
export interface ModelEvent {
  readonly type: string;
  readonly wallet: ModelWallet;
  readonly alerts: readonly string[];
}

export interface ModelStep {
  readonly type: string;
  readonly walletId: string;
  readonly change: (wallet: ModelWallet, version: number, at: string) => Partial<ModelWallet>;
}

export interface Happened {
  readonly wallets: ModelWallets;
  readonly events: readonly ModelEvent[];
}

/** Takes the steps in order. All have one time, and time goes back for no wallet. */
export function happen(wallets: ModelWallets, steps: readonly ModelStep[], at: string): Happened {
  const updates = steps.map(({ walletId }) => walletOf(wallets, walletId).updatedAt);
  const time = [at, ...updates].sort().at(-1) as string;
  const after = new Map(wallets);
  const events = steps.map(({ type, walletId, change }): ModelEvent => {
    const before = walletOf(after, walletId);
    const version = before.version + 1;
    const wallet = { ...before, version, updatedAt: time, ...change(before, version, time) };
    after.set(walletId, wallet);
    return { type, wallet, alerts: alertsOf(before, wallet) };
  });
  return { wallets: after, events };
}

function walletOf(wallets: ModelWallets, id: string): ModelWallet {
  const wallet = wallets.get(id);
  if (wallet === undefined) throw new Error(`nothing can happen to wallet "${id}", which does not exist`);
  return wallet;
}

/** The sum of what remains of the open holds. Those that ended have nothing left. */
export function heldOf({ holds }: ModelWallet): bigint {
  return [...holds.values()].reduce((sum, { remainingMinor }) => sum + remainingMinor, 0n);
}

export function availableOf(wallet: ModelWallet): bigint {
  return wallet.balanceMinor - heldOf(wallet) - wallet.minimumMinor;
}

/** The rules of now that were false of the wallet before, and are true of it now. */
function alertsOf(before: ModelWallet, now: ModelWallet): readonly string[] {
  const isTrue = (wallet: ModelWallet, { field, op, amountMinor }: ModelAlertRule) => {
    const over = (field === 'balance' ? wallet.balanceMinor : availableOf(wallet)) - amountMinor;
    return op === 'above' ? over > 0n : over < 0n;
  };
  return now.alertRules.filter((rule) => isTrue(now, rule) && !isTrue(before, rule)).map(({ name }) => name);
}

export function openHoldsOf({ holds }: ModelWallet): number {
  return [...holds.values()].filter(({ status }) => status === 'open').length;
}

export function withHold({ holds }: ModelWallet, hold: ModelHold): Pick<ModelWallet, 'holds'> {
  return { holds: new Map([...holds, [hold.holdId, hold]]) };
}

export function withMovement(
  { movements }: ModelWallet,
  version: number,
  movement: ModelMovement,
): Pick<ModelWallet, 'movements'> {
  return { movements: new Map([...movements, [version, movement]]) };
}

/** Whether the time has come. */
export function isDue(until: string, at: string): boolean {
  return Date.parse(until) <= Date.parse(at);
}
