// Makes the command of a request as the routes do, with the schemas of the routes. The routes themselves are
// tested in test/api.
import { adjustHold, captureHold, placeHold, voidHold } from '../../../src/api/holds/holdOperations.ts';
import {
  changeDetails,
  changeLimits,
  closeWallet,
  freezeWallet,
  unfreezeWallet,
} from '../../../src/api/wallets/lifecycleOperations.ts';
import { changeAlerts } from '../../../src/api/alerts/alertOperations.ts';
import { changeVelocity } from '../../../src/api/velocity/velocityOperations.ts';
import { rulesOf } from '../../../src/api/velocity/velocityRoutes.ts';
import { originalOf, reverseMovement } from '../../../src/api/wallets/reversalRoutes.ts';
import {
  createWallet,
  creditWallet,
  transferFunds,
} from '../../../src/api/wallets/walletCommandOperations.ts';
import type { Command, Expiry } from '../../../src/domain/commands.ts';
import type { StoredEvent } from '../../../src/domain/events.ts';
import { type Hold, holdKey, holdLifetimeDefaultMs } from '../../../src/domain/hold.ts';
import type { Request, ReverseRequest } from '../../support/model/requests.ts';
import { versionsNamed } from '../../support/model/requests.ts';

interface Stored {
  readonly newId: string;
  /** The holds and the events when the request arrived. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly events: readonly StoredEvent[];
}

type Members = Readonly<Record<string, unknown>>;

export function commandOf(request: Request, members: Members, stored: Stored): Command {
  const { kind, walletId } = request;
  const addressed = { walletId, expectedVersions: versionsNamed(request) };
  const { newId } = stored;
  switch (kind) {
    case 'create': {
      const { ownerId, currency, initialBalance } = createWallet.body.parse(members);
      return { type: 'CreateWallet', walletId, ownerId, currency, initialBalance };
    }
    case 'credit':
    case 'debit': {
      const type = kind === 'credit' ? 'CreditWallet' : 'DebitWallet';
      return { type, ...addressed, ...creditWallet.body.parse(members) };
    }
    case 'transfer': {
      const body = transferFunds.body.parse(members);
      return { type: 'TransferFunds', ...addressed, ...body, transferId: newId };
    }
    case 'endDue':
      return { type: 'EndDue', walletId };
    case 'reverse':
      return reverseCommand(request, addressed, members, stored);
    case 'place':
    case 'capture':
    case 'void':
    case 'adjust':
      return holdCommand(request, addressed, members, stored);
    default:
      return lifecycleCommand(kind, addressed, members, newId);
  }
}

interface Addressed {
  readonly walletId: string;
  readonly expectedVersions: readonly number[] | undefined;
}

function holdCommand(
  { kind, holdId }: Extract<Request, { holdId: string }>,
  addressed: Addressed,
  members: Members,
  { newId, holds }: Stored,
): Command {
  const toWalletId = holds.get(holdKey(addressed.walletId, holdId))?.toWalletId ?? undefined;
  switch (kind) {
    case 'place': {
      const { metadata = {}, toWalletId: target, ...body } = placeHold.body.parse(members);
      const expiry = expiryIn(body) ?? { afterMs: holdLifetimeDefaultMs };
      const { amount, description } = body;
      const rest = { amount, description, metadata, expiry, toWalletId: target };
      return { type: 'PlaceHold', ...addressed, holdId, ...rest };
    }
    case 'capture': {
      const { amount, ...body } = captureHold.body.parse(members);
      return { type: 'CaptureHold', ...addressed, holdId, captureId: newId, ...body, amount, toWalletId };
    }
    case 'void':
      return { type: 'VoidHold', ...addressed, holdId, ...voidHold.body.parse(members) };
    case 'adjust': {
      const body = adjustHold.body.parse(members);
      return { type: 'AdjustHold', ...addressed, holdId, amount: body.amount, expiry: expiryIn(body) };
    }
    default:
      return kind satisfies never;
  }
}

function lifecycleCommand(
  kind: 'freeze' | 'unfreeze' | 'close' | 'limits' | 'velocity' | 'alerts' | 'details',
  addressed: Addressed,
  members: Members,
  transferId: string,
): Command {
  switch (kind) {
    case 'freeze': {
      const { until, ...body } = freezeWallet.body.parse(members);
      return { type: 'FreezeWallet', ...addressed, ...body, until };
    }
    case 'unfreeze':
      return { type: 'UnfreezeWallet', ...addressed, ...unfreezeWallet.body.parse(members) };
    case 'close': {
      const { reason, sweepToWalletId } = closeWallet.body.parse(members);
      return { type: 'CloseWallet', ...addressed, reason, sweepToWalletId, transferId };
    }
    case 'limits': {
      const { minimumBalance, maximumBalance } = changeLimits.body.parse(members);
      return { type: 'ChangeLimits', ...addressed, minimumBalance, maximumBalance };
    }
    case 'velocity':
      return { type: 'ChangeVelocity', ...addressed, rules: rulesOf(changeVelocity.body.parse(members)) };
    case 'alerts':
      return { type: 'ChangeAlerts', ...addressed, alerts: changeAlerts.body.parse(members).alerts };
    case 'details': {
      const { metadata, labels } = changeDetails.body.parse(members);
      return { type: 'ChangeDetails', ...addressed, metadata, labels };
    }
    default:
      return kind satisfies never;
  }
}

function reverseCommand(
  { walletId, version }: ReverseRequest,
  addressed: Addressed,
  members: Members,
  { newId, events }: Stored,
): Command {
  const { amount, ...body } = reverseMovement.body.parse(members);
  const named = events.find((event) => event.walletId === walletId && event.version === version);
  const sender = named?.event.type === 'TransferReceived' ? events[Number(named.position) - 2] : named;
  const nothing = { walletId, version, kind: undefined, amountMinor: 0n, toWalletId: undefined };
  const original = sender === undefined ? nothing : originalOf(sender);
  return { type: 'ReverseMovement', ...addressed, version, returnId: newId, ...body, amount, original };
}

/** Whether the API answers that there is no such movement, without a command. */
export function isUnknownMovement(request: Request, events: readonly StoredEvent[]): boolean {
  if (request.kind !== 'reverse') return false;
  const versions = events
    .filter(({ walletId }) => walletId === request.walletId)
    .map(({ version }) => version);
  return versions.length > 0 && !versions.includes(request.version);
}

function expiryIn({
  expiresAt,
  expiresInSeconds,
}: {
  readonly expiresAt?: Date | undefined;
  readonly expiresInSeconds?: number | undefined;
}): Expiry | undefined {
  if (expiresAt !== undefined) return { at: expiresAt };
  return expiresInSeconds === undefined ? undefined : { afterMs: expiresInSeconds * 1000 };
}
