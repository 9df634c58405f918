// The commands that change wallets. The API makes one from each request and `decide` answers it. Amounts are
// decimal text, because only the wallet knows its currency and so how many decimals are allowed.
import type { Currency } from './currency.ts';
import { holdKey } from './hold.ts';
import { type EventRef, eventKey, type ReversalReason } from './reversal.ts';
import { type Keys, noKeys } from './state.ts';
import type { Freeze, FreezeScope } from './terms.ts';
import type { VelocityRule } from './velocity.ts';
import type { AlertRule } from './alerts.ts';

export interface CreateWallet {
  readonly type: 'CreateWallet';
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: Currency;
  /** Decimal text; "0" for an empty wallet. */
  readonly initialBalance: string;
}

interface Movement {
  readonly walletId: string;
  /** Decimal text; more than zero. */
  readonly amount: string;
  readonly description: string;
  /**
   * The versions that the caller accepts (If-Match). Undefined accepts any version, an empty list accepts
   * none.
   */
  readonly expectedVersions: readonly number[] | undefined;
}

export interface CreditWallet extends Movement {
  readonly type: 'CreditWallet';
}

export interface DebitWallet extends Movement {
  readonly type: 'DebitWallet';
}

/** Moves money from `walletId` to `toWalletId`. `expectedVersions` are those of `walletId`. */
export interface TransferFunds extends Movement {
  readonly type: 'TransferFunds';
  readonly transferId: string;
  readonly toWalletId: string;
}

/** What every command on one wallet has. */
interface OnWallet {
  readonly walletId: string;
  /** As in `Movement`. */
  readonly expectedVersions: readonly number[] | undefined;
}

/** The end of a hold: at a time, or so many milliseconds after it is placed. */
export type Expiry = { readonly at: Date } | { readonly afterMs: number };

export interface PlaceHold extends OnWallet {
  readonly type: 'PlaceHold';
  readonly holdId: string;
  /** Decimal text; more than zero. */
  readonly amount: string;
  readonly expiry: Expiry;
  /** The wallet that a capture pays; undefined if it pays out. */
  readonly toWalletId: string | undefined;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CaptureHold extends OnWallet {
  readonly type: 'CaptureHold';
  readonly holdId: string;
  readonly captureId: string;
  /** Decimal text; undefined takes all that remains. */
  readonly amount: string | undefined;
  /** Whether the rest of the hold is released. */
  readonly final: boolean;
  /** Whether the amount may exceed what remains of the hold. */
  readonly overcapture: boolean;
  readonly description: string;
  /** The hold's target, which never changes. Whoever makes the command reads it before. */
  readonly toWalletId: string | undefined;
}

export interface VoidHold extends OnWallet {
  readonly type: 'VoidHold';
  readonly holdId: string;
  readonly reason: string;
}

/** Changes the whole amount of a hold, its end, or both. */
export interface AdjustHold extends OnWallet {
  readonly type: 'AdjustHold';
  readonly holdId: string;
  readonly amount: string | undefined;
  readonly expiry: Expiry | undefined;
}

/** Ends what is due: holds that expired, and a freeze whose time has come. */
export interface EndDue {
  readonly type: 'EndDue';
  readonly walletId: string;
}

export interface FreezeWallet extends OnWallet {
  readonly type: 'FreezeWallet';
  readonly scope: FreezeScope;
  readonly reason: string;
  readonly holds: Freeze['holds'];
  readonly until: Date | undefined;
}

export interface UnfreezeWallet extends OnWallet {
  readonly type: 'UnfreezeWallet';
  readonly reason: string;
}

export interface CloseWallet extends OnWallet {
  readonly type: 'CloseWallet';
  readonly reason: string;
  /** The wallet that gets the rest of the balance. Without one the balance must be 0. */
  readonly sweepToWalletId: string | undefined;
  readonly transferId: string;
}

/** Replaces both limits. */
export interface ChangeLimits extends OnWallet {
  readonly type: 'ChangeLimits';
  /** Decimal text, negative for a credit line; undefined for 0. */
  readonly minimumBalance: string | undefined;
  /** Decimal text; undefined for the most that any balance may be. */
  readonly maximumBalance: string | undefined;
}

/** A rule before the wallet's currency is known. */
export interface GivenVelocityRule extends Omit<VelocityRule, 'maxAmountMinor'> {
  /** Decimal text; null if the rule limits no amount. */
  readonly maxAmount: string | null;
}

/** Replaces all velocity rules. */
export interface ChangeVelocity extends OnWallet {
  readonly type: 'ChangeVelocity';
  /** At most `velocityRulesMax`, each with a name of its own. */
  readonly rules: readonly GivenVelocityRule[];
}

/** An alert rule before the wallet's currency is known. */
export interface GivenAlertRule extends Omit<AlertRule, 'amountMinor'> {
  /** Decimal text; negative for a balance that a credit line covers. */
  readonly amount: string;
}

/** Replaces all alert rules. */
export interface ChangeAlerts extends OnWallet {
  readonly type: 'ChangeAlerts';
  /** At most `alertRulesMax`, each with a name of its own. */
  readonly alerts: readonly GivenAlertRule[];
}

export interface ChangeDetails extends OnWallet {
  readonly type: 'ChangeDetails';
  /** A merge patch (RFC 7396): null removes a key, and a key that is left out stays. */
  readonly metadata: Readonly<Record<string, string | null>> | undefined;
  /** All labels; undefined leaves them. */
  readonly labels: readonly string[] | undefined;
}

/** The movement that a reversal gives back. It never changes, so it is read before the command is made. */
export interface OriginalMovement extends EventRef {
  /** Undefined if there is no such event, or none that can be reversed. */
  readonly kind: 'credit' | 'debit' | 'transfer' | undefined;
  readonly amountMinor: bigint;
  /** Of a transfer: the wallet that received the money. `walletId` sent it. */
  readonly toWalletId: string | undefined;
}

export interface ReverseMovement extends OnWallet {
  readonly type: 'ReverseMovement';
  /** The version of the event, as the caller names it. */
  readonly version: number;
  readonly original: OriginalMovement;
  readonly returnId: string;
  /** Decimal text; undefined takes all that is left. */
  readonly amount: string | undefined;
  readonly reason: ReversalReason;
  readonly description: string;
}

export type Command =
  | CreateWallet
  | CreditWallet
  | DebitWallet
  | TransferFunds
  | PlaceHold
  | CaptureHold
  | VoidHold
  | AdjustHold
  | EndDue
  | FreezeWallet
  | UnfreezeWallet
  | CloseWallet
  | ChangeLimits
  | ChangeVelocity
  | ChangeAlerts
  | ChangeDetails
  | ReverseMovement;

/** A record, so that a new type does not compile until it is here. */
const known: Readonly<Record<Command['type'], true>> = {
  CreateWallet: true,
  CreditWallet: true,
  DebitWallet: true,
  TransferFunds: true,
  PlaceHold: true,
  CaptureHold: true,
  VoidHold: true,
  AdjustHold: true,
  EndDue: true,
  FreezeWallet: true,
  UnfreezeWallet: true,
  CloseWallet: true,
  ChangeLimits: true,
  ChangeVelocity: true,
  ChangeAlerts: true,
  ChangeDetails: true,
  ReverseMovement: true,
};
export const commandTypes = Object.keys(known) as readonly Command['type'][];

/** The keys of what the command reads and may change. They are loaded for it. */
export function keysOf(command: Command): Keys {
  const wallets = walletIdsOf(command);
  switch (command.type) {
    case 'PlaceHold':
    case 'CaptureHold':
    case 'VoidHold':
    case 'AdjustHold':
      return { ...noKeys, wallets, holds: [holdKey(command.walletId, command.holdId)] };
    case 'ChangeDetails':
      return { ...noKeys, wallets, details: wallets };
    case 'ReverseMovement':
      return { ...noKeys, wallets, reversals: [eventKey(command.original)] };
    default:
      return { ...noKeys, wallets };
  }
}

/**
 * The wallets whose turn and lock the command needs. Invariant: everything else that it reads belongs to one
 * of them, so two commands on it never run at once.
 */
export function walletIdsOf(command: Command): readonly string[] {
  const { walletId } = command;
  const other = otherWalletOf(command);
  return other === undefined || other === walletId ? [walletId] : [walletId, other];
}

function otherWalletOf(command: Command): string | undefined {
  switch (command.type) {
    case 'TransferFunds':
    case 'PlaceHold':
    case 'CaptureHold':
      return command.toWalletId;
    case 'CloseWallet':
      return command.sweepToWalletId;
    case 'ReverseMovement': {
      const { walletId, toWalletId } = command.original;
      return command.walletId === walletId ? toWalletId : walletId;
    }
    default:
      return undefined;
  }
}
