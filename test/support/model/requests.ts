// The requests that the executable specification knows, as a client means them. Amounts are the text that is
// sent, times are RFC 3339.

interface CreateRequest {
  readonly kind: 'create';
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly initialBalance: string;
}

interface OnWallet {
  readonly walletId: string;
  /** The versions that If-Match names. Undefined if the header is not sent. */
  readonly ifMatch?: readonly number[];
}

interface Movement extends OnWallet {
  readonly amount: string;
  readonly description: string;
}

interface MoveRequest extends Movement {
  readonly kind: 'credit' | 'debit';
}

interface TransferRequest extends Movement {
  readonly kind: 'transfer';
  readonly toWalletId: string;
}

/** At most one of the two is sent. */
export interface ExpiryFields {
  readonly expiresAt?: string;
  readonly expiresInSeconds?: number;
}

export interface PlaceRequest extends Movement, ExpiryFields {
  readonly kind: 'place';
  readonly holdId: string;
  readonly toWalletId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface CaptureRequest extends OnWallet {
  readonly kind: 'capture';
  readonly holdId: string;
  readonly amount?: string;
  readonly final?: boolean;
  readonly overcapture?: boolean;
  readonly description: string;
}

export interface VoidRequest extends OnWallet {
  readonly kind: 'void';
  readonly holdId: string;
  readonly reason: string;
}

export interface AdjustRequest extends OnWallet, ExpiryFields {
  readonly kind: 'adjust';
  readonly holdId: string;
  readonly amount?: string;
}

export interface FreezeRequest extends OnWallet {
  readonly kind: 'freeze';
  readonly scope: 'debits' | 'credits' | 'all';
  readonly reason: string;
  readonly holds?: 'honor' | 'block';
  readonly until?: string;
}

export interface UnfreezeRequest extends OnWallet {
  readonly kind: 'unfreeze';
  readonly reason: string;
}

export interface CloseRequest extends OnWallet {
  readonly kind: 'close';
  readonly reason: string;
  readonly sweepToWalletId?: string;
}

export interface LimitsRequest extends OnWallet {
  readonly kind: 'limits';
  readonly minimumBalance?: string;
  readonly maximumBalance?: string;
}

export interface VelocityRequest extends OnWallet {
  readonly kind: 'velocity';
  readonly rules: readonly {
    readonly name: string;
    readonly window: 'transaction' | 'day' | 'month' | 'lifetime';
    readonly direction: 'out' | 'in';
    readonly maxAmount?: string;
    readonly maxCount?: number;
  }[];
}

export interface AlertsRequest extends OnWallet {
  readonly kind: 'alerts';
  readonly alerts: readonly {
    readonly name: string;
    readonly field: 'available' | 'balance';
    readonly op: 'below' | 'above';
    readonly amount: string;
  }[];
}

export interface DetailsRequest extends OnWallet {
  readonly kind: 'details';
  readonly metadata?: Readonly<Record<string, string | null>>;
  readonly labels?: readonly string[];
}

export interface ReverseRequest extends OnWallet {
  readonly kind: 'reverse';
  readonly version: number;
  readonly amount?: string;
  readonly reason?: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
  readonly description: string;
}

/** No client sends it. The service asks itself to end what is due. */
interface EndDueRequest {
  readonly kind: 'endDue';
  readonly walletId: string;
}

/** The requests that every release knows. */
export type MovingRequest = CreateRequest | MoveRequest | TransferRequest;

export type Request =
  | MovingRequest
  | PlaceRequest
  | CaptureRequest
  | VoidRequest
  | AdjustRequest
  | FreezeRequest
  | UnfreezeRequest
  | CloseRequest
  | LimitsRequest
  | VelocityRequest
  | AlertsRequest
  | DetailsRequest
  | ReverseRequest
  | EndDueRequest;

export function isMoving(request: Request): request is MovingRequest {
  const { kind } = request;
  return kind === 'create' || kind === 'credit' || kind === 'debit' || kind === 'transfer';
}

export function versionsNamed(request: Request): readonly number[] | undefined {
  return 'ifMatch' in request ? request.ifMatch : undefined;
}
