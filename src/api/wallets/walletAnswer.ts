// Wallets as the API shows them, and the answers to commands. Pure: an answer depends only on the outcome and
// on the request's id. Status and headers are made here, for a first answer and for a replay.
//
// Invariant: the bytes made of one version of an outcome never change. A record keeps the outcome of an
// accepted command, and a replay makes the answer again, byte for byte. Golden answers are in
// test/unit/api/walletAnswer.test.ts.
import type { Command } from '../../domain/commands.ts';
import { amountMinorMax, formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import { bareId, defaultTenant, type Tenant, tenantOf } from '../../domain/tenant.ts';
import type { Freeze } from '../../domain/terms.ts';
import { availableMinor, type Wallet } from '../../domain/wallet.ts';
import { type Details, noDetails } from '../../domain/walletEvents.ts';
import {
  type AcceptedOutcome,
  movementVersionAt,
  type RejectedOutcome,
  statefulVersion,
} from '../../eventStore/outcomeCodec.ts';
import type { RecordedOutcome } from '../../eventStore/recordRows.ts';
import { toAlertRulesAnswer } from '../alerts/alertAnswer.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { toCaptureAnswer, toHoldAnswer } from '../holds/holdAnswer.ts';
import { toReversalAnswer } from './reversalAnswer.ts';
import { toUsesAnswer } from '../velocity/velocityAnswer.ts';
import { type ProblemAnswer, problemAnswer, rejectionProblem } from '../http/problems.ts';
import type { Answer } from '../http/respond.ts';
import { z } from '../http/zod.ts';

/** A wallet as JSON. `JSON.stringify` writes its amounts as exact numbers. */
export function toSnapshot(wallet: Wallet): object {
  const { id, ownerId, currency, balanceMinor, heldMinor, status, version, createdAt, updatedAt } = wallet;
  const { freeze, minimumMinor, maximumMinor } = wallet.terms;
  const money = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  return {
    id: bareId(id),
    ownerId: bareId(ownerId),
    balance: money(balanceMinor),
    held: money(heldMinor),
    available: money(availableMinor(wallet)),
    status,
    ...(freeze !== null && status === 'frozen' && { freeze: toFreeze(freeze) }),
    ...(minimumMinor !== 0n && { minimumBalance: money(minimumMinor) }),
    ...(maximumMinor !== amountMinorMax && { maximumBalance: money(maximumMinor) }),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    currency,
  };
}

function toFreeze({ scope, reason, holds, until }: Freeze): object {
  return { scope, reason, holds, until: until === null ? null : until.toISOString() };
}

/** A wallet as outcomes before level `walletState` show it. */
function toFormerSnapshot({
  id,
  ownerId,
  currency,
  balanceMinor,
  version,
  createdAt,
  updatedAt,
}: Wallet): object {
  return {
    id: bareId(id),
    ownerId: bareId(ownerId),
    balance: jsonNumber(formatAmount(balanceMinor, currency)),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    currency,
  };
}

const snapshotVersion = z.object({ id: z.string(), version: z.int() });
const answerVersions = z.union([
  snapshotVersion.transform((wallet) => [wallet]),
  z
    .object({ fromWallet: snapshotVersion, toWallet: snapshotVersion })
    .transform(({ fromWallet, toWallet }) => [fromWallet, toWallet]),
]);

/** A wallet, and the version at which a command left it. */
export interface ReachedVersion {
  readonly id: string;
  readonly version: number;
}

/** The wallets of an accepted command, in the order of its events. */
export function versionsIn(accepted: RecordedOutcome): readonly ReachedVersion[] {
  if ('accepted' in accepted) return accepted.accepted;
  return 'former' in accepted ? answerVersions.parse(JSON.parse(accepted.former.body)) : [];
}

/**
 * The movement of an accepted command; undefined if it asked for what was so already. Answers of earlier
 * releases do not name it. It is made from the wallet and the version that they show, because a wallet had
 * one event then.
 */
export function movementIn(
  accepted: RecordedOutcome,
): { readonly walletId: string; readonly version: number } | undefined {
  const [first] = versionsIn(accepted);
  if (first === undefined) throw new Error('the record of an accepted command shows no wallet');
  const version = 'accepted' in accepted ? movementVersionAt(accepted, 0) : first.version;
  return version === undefined ? undefined : { walletId: first.id, version };
}

/**
 * The tenant whose command this is. A record of the former form has bare ids only, because it was written
 * before there were tenants.
 */
export function tenantOfRecord(outcome: RecordedOutcome): Tenant {
  if ('former' in outcome) return defaultTenant;
  return tenantOf('accepted' in outcome ? (outcome.accepted[0]?.id ?? '') : outcome.rejected.walletId);
}

/** The version of a wallet is the strong validator of its state. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The answer with this outcome. It is the recorded one, or it is made from the outcome for the request
 * `requestId`. The headers have the order of earlier records, because GET /commands/:id shows them.
 */
export function answerOf(outcome: RecordedOutcome, requestId: string): Answer {
  if ('former' in outcome) return outcome.former;
  return 'accepted' in outcome ? acceptedAnswer(outcome) : rejectedAnswer(outcome, requestId);
}

const json = { 'content-type': 'application/json' };

/** The validator is the version of the wallet in the path, which is the sender's in a transfer. */
function acceptedAnswer(outcome: AcceptedOutcome): Answer {
  const { command, accepted, facts } = outcome;
  const [first] = accepted;
  const named = accepted[facts?.reversal?.named ?? 0];
  if (first === undefined || named === undefined) throw new Error(`an accepted ${command} shows no wallet`);
  const headers = { etag: etagOf(named.version), ...json };
  const body = JSON.stringify(bodyOf(outcome, first));
  if (command === 'CreateWallet') {
    const { etag, ...rest } = headers;
    return { status: 201, headers: { etag, location: `/wallets/${bareId(first.id)}`, ...rest }, body };
  }
  return { status: madeBy.has(command) ? 201 : 200, headers, body };
}

/** The commands that make something with an id of its own. */
const madeBy: ReadonlySet<Command['type']> = new Set(['PlaceHold', 'CaptureHold', 'ReverseMovement']);

function bodyOf(outcome: AcceptedOutcome, first: Wallet): object {
  const { command, accepted, facts = {} } = outcome;
  const show = outcome.version === statefulVersion ? toSnapshot : toFormerSnapshot;
  const [, second] = accepted;
  const version = movementVersionAt(outcome, 0);
  const movement = version === undefined ? {} : { movementId: movementIdOf(bareId(first.id), version) };
  const other = second && { toWallet: show(second) };
  switch (command) {
    case 'CreateWallet':
    case 'CreditWallet':
    case 'DebitWallet':
    case 'EndDue':
    case 'FreezeWallet':
    case 'UnfreezeWallet':
    case 'ChangeLimits':
      return { ...show(first), ...movement };
    case 'TransferFunds':
      return { fromWallet: show(first), ...other, ...movement };
    case 'PlaceHold':
    case 'VoidHold':
    case 'AdjustHold':
      return { hold: toHoldAnswer(facts.hold), wallet: show(first), ...movement };
    case 'CaptureHold': {
      const { hold, capture } = facts;
      return {
        capture: capture && toCaptureAnswer(capture, first.currency),
        hold: toHoldAnswer(hold),
        wallet: show(first),
        ...other,
        ...movement,
      };
    }
    case 'CloseWallet':
      return { wallet: show(first), ...other, ...movement };
    case 'ChangeVelocity':
      return { ...show(first), rules: toUsesAnswer(facts.uses, first.currency), ...movement };
    case 'ChangeAlerts': {
      const { currency, terms } = first;
      return { ...show(first), alerts: toAlertRulesAnswer(terms.alertRules, currency), ...movement };
    }
    case 'ChangeDetails':
      return { ...show(first), ...facts.details, ...movement };
    case 'ReverseMovement': {
      const { reversal } = facts;
      const [wallet, otherWallet] = reversal?.named === 1 && second ? [second, first] : accepted;
      return {
        reversal: reversal && toReversalAnswer(reversal, first.currency),
        wallet: wallet && show(wallet),
        ...(otherWallet && { otherWallet: show(otherWallet) }),
        ...movement,
      };
    }
    default:
      return command satisfies never;
  }
}

function rejectedAnswer({ rejected, body }: RejectedOutcome, requestId: string): ProblemAnswer {
  const { detail = '', ...facts } = rejected;
  const answer = problemAnswer(rejectionProblem({ ...facts, detail }), requestId);
  return body === undefined ? answer : { ...answer, body };
}

/** Metadata and labels as a read shows them; nothing for a wallet that has none. */
export function toDetailsAnswer({ metadata, labels }: Details = noDetails): object {
  return {
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(labels.length > 0 && { labels }),
  };
}
