// Wallets as the API shows them, and the answers to commands. Pure: an answer depends only on the decision
// and on the request's id. It is stored, and sent again byte for byte.
import type { Outcome, RenderedAnswer } from '../../commands/submission.ts';
import { formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { problemAnswer, rejectionProblem } from '../http/problems.ts';
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
    id,
    ownerId,
    balance: jsonNumber(formatAmount(balanceMinor, currency)),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    currency,
  };
}

/** A wallet with the movement that changed it. */
function toChangedWallet(wallet: Wallet): object {
  return { ...toSnapshot(wallet), movementId: movementIdOf(wallet.id, wallet.version) };
}

const snapshotVersion = z.object({ id: z.string(), version: z.int() });
const answerVersions = z.union([
  snapshotVersion.transform((wallet) => [wallet]),
  z
    .object({ fromWallet: snapshotVersion, toWallet: snapshotVersion })
    .transform(({ fromWallet, toWallet }) => [fromWallet, toWallet]),
]);

/** Id and version of each wallet in the stored body of an accepted command. */
export function versionsIn(storedBody: string): readonly { readonly id: string; readonly version: number }[] {
  return answerVersions.parse(JSON.parse(storedBody));
}

/**
 * The movement of an accepted command, from its stored body. Answers of earlier releases do not name it, but
 * the wallet and the version that they show make it.
 */
export function movementIn(storedBody: string): { readonly walletId: string; readonly version: number } {
  const [first] = versionsIn(storedBody);
  if (first === undefined) throw new Error('a stored answer shows no wallet');
  return { walletId: first.id, version: first.version };
}

/** The version of a wallet is the strong validator of its state. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Status and shape of the answer to an accepted command. */
type AcceptedAnswer = (wallets: readonly Wallet[]) => {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: object;
};

/** 201 with the new wallet. */
export const createdAnswer: AcceptedAnswer = (wallets) => {
  const wallet = only(wallets);
  const headers = { etag: etagOf(wallet.version), location: `/wallets/${wallet.id}` };
  return { status: 201, headers, body: toChangedWallet(wallet) };
};

/** 200 with the changed wallet. */
export const movedAnswer: AcceptedAnswer = (wallets) => {
  const wallet = only(wallets);
  return { status: 200, headers: { etag: etagOf(wallet.version) }, body: toChangedWallet(wallet) };
};

/** 200 with both wallets of a transfer. The validator is that of the sender. */
export const transferredAnswer: AcceptedAnswer = (wallets) => {
  const [from, to] = wallets;
  if (from === undefined || to === undefined) throw new Error('a transfer changes two wallets');
  return {
    status: 200,
    headers: { etag: etagOf(from.version) },
    body: {
      fromWallet: toSnapshot(from),
      toWallet: toSnapshot(to),
      movementId: movementIdOf(from.id, from.version),
    },
  };
};

function only(wallets: readonly Wallet[]): Wallet {
  const [wallet] = wallets;
  if (wallet === undefined) throw new Error('the command changed no wallet');
  return wallet;
}

/**
 * A malformed amount or a version mismatch: the caller may correct the request and send it under the same
 * key.
 */
const statusesNotKept: readonly number[] = [400, 412];

/** The renderer of one request's answer. Other rejections are final: a rejected transfer stays rejected. */
export function renderer(accepted: AcceptedAnswer, requestId: string): (outcome: Outcome) => RenderedAnswer {
  return (outcome) => {
    if ('rejected' in outcome) {
      const answer = problemAnswer(rejectionProblem(outcome.rejected), requestId);
      return { ...answer, final: !statusesNotKept.includes(answer.status) };
    }
    const { status, headers, body } = accepted(outcome.wallets);
    return {
      status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      final: true,
    };
  };
}
