// Wallets as the API shows them, and the answers to commands. Pure: an answer depends only on the outcome and
// on the request's id. Status and headers are made here, for a first answer and for a replay.
//
// Invariant: the bytes made of one version of an outcome never change. A record keeps the outcome of an
// accepted command, and a replay makes the answer again, byte for byte. Golden answers are in
// test/unit/api/walletAnswer.test.ts.
import { formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import { bareId, defaultTenant, type Tenant, tenantOf } from '../../domain/tenant.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { type AcceptedOutcome, firstVersionAt, type RejectedOutcome } from '../../eventStore/outcomeCodec.ts';
import type { RecordedOutcome } from '../../eventStore/recordRows.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { type ProblemAnswer, problemAnswer, rejectionProblem } from '../http/problems.ts';
import type { Answer } from '../http/respond.ts';
import { z } from '../http/zod.ts';

/** A wallet as JSON. `JSON.stringify` writes its balance as an exact number. */
export function toSnapshot({
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

/** A wallet with the movement that changed it, which is named by its first event. */
function toChangedWallet(wallet: Wallet, firstVersion: number): object {
  return { ...toSnapshot(wallet), movementId: movementIdOf(bareId(wallet.id), firstVersion) };
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

/** The wallets of an accepted command, in the order in which the command names them. */
export function versionsIn(accepted: RecordedOutcome): readonly ReachedVersion[] {
  if ('accepted' in accepted) return accepted.accepted;
  return 'former' in accepted ? answerVersions.parse(JSON.parse(accepted.former.body)) : [];
}

/**
 * The movement of an accepted command. Answers of earlier releases do not name it. It is made from the wallet
 * and the version that they show, because a wallet had one event then.
 */
export function movementIn(accepted: RecordedOutcome): {
  readonly walletId: string;
  readonly version: number;
} {
  const [first] = versionsIn(accepted);
  if (first === undefined) throw new Error('the record of an accepted command shows no wallet');
  const version = 'accepted' in accepted ? firstVersionAt(accepted, 0) : first.version;
  return { walletId: first.id, version };
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

function acceptedAnswer(outcome: AcceptedOutcome): Answer {
  const { command, accepted } = outcome;
  const [first, second] = accepted;
  if (first === undefined) throw new Error(`an accepted ${command} changed no wallet`);
  const etag = etagOf(first.version);
  const firstVersion = firstVersionAt(outcome, 0);
  const json = { 'content-type': 'application/json' };
  switch (command) {
    case 'CreateWallet': {
      const headers = { etag, location: `/wallets/${bareId(first.id)}`, ...json };
      return { status: 201, headers, body: JSON.stringify(toChangedWallet(first, firstVersion)) };
    }
    case 'CreditWallet':
    case 'DebitWallet':
      return {
        status: 200,
        headers: { etag, ...json },
        body: JSON.stringify(toChangedWallet(first, firstVersion)),
      };
    case 'TransferFunds': {
      if (second === undefined) throw new Error('a transfer changes two wallets');
      // The validator is that of the sender.
      const body = JSON.stringify(toTransferred(first, second, firstVersion));
      return { status: 200, headers: { etag, ...json }, body };
    }
    default:
      return command satisfies never;
  }
}

/** Both wallets of a transfer. */
function toTransferred(from: Wallet, to: Wallet, firstVersion: number): object {
  const movementId = movementIdOf(bareId(from.id), firstVersion);
  return { fromWallet: toSnapshot(from), toWallet: toSnapshot(to), movementId };
}

function rejectedAnswer({ rejected, body }: RejectedOutcome, requestId: string): ProblemAnswer {
  const { detail = '', ...facts } = rejected;
  const answer = problemAnswer(rejectionProblem({ ...facts, detail }), requestId);
  return body === undefined ? answer : { ...answer, body };
}
