// The operation that gives money of a movement back. It reads the movement before it makes the command. That
// is safe, because a stored event never changes.
import type { OriginalMovement } from '../../domain/commands.ts';
import type { StoredEvent } from '../../domain/events.ts';
import { reversalReasons } from '../../domain/reversal.ts';
import { readMovement } from '../../eventStore/read/readMovements.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import type { ReadDatabase, TenantReads } from '../../eventStore/tenantReads.ts';
import { ArchivedError, explainMissing } from '../../eventStore/retainedLog.ts';
import { readRecords } from '../../eventStore/read/readRecord.ts';
import { commandIdOfKey } from '../../commands/commandIds.ts';
import type { App, AppContext } from '../context.ts';
import { ProblemError } from '../http/problems.ts';
import { readCommandBodyOrNone, readIdempotencyKey, readPathParam } from '../http/request.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { moneySchema, movementIdSchema } from '../openApi/answerSchemas.ts';
import { exampleWallet, exampleCardWalletId } from '../openApi/exampleStory.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from './answerCommand.ts';
import {
  amountSchema,
  change,
  changeCodes,
  descriptionSchema,
  walletIdParams,
  walletSchema,
} from './walletCommandOperations.ts';
import { versionSchema } from './walletReadOperations.ts';

export const reverseMovement = {
  ...change,
  id: 'reverseMovement',
  audited: { members: ['amount'], reason: 'reason' },
  path: '/wallets/{walletId}/events/{version}/reverse',
  scope: 'reversals:write',
  summary: 'Give money of a movement back, in whole or in part',
  note: 'A credit is taken back, a debit or a capture is refunded, and a transfer is returned, from either side. It is booked now. Never more goes back than moved, and nothing is overdrawn for it.',
  params: walletIdParams.extend({ version: versionSchema.openapi({ type: 'integer', minimum: 1 }) }),
  body: z
    .strictObject({
      amount: amountSchema.optional().openapi({ description: 'Without it all that is left goes back.' }),
      reason: z.enum(reversalReasons).default('refund'),
      description: descriptionSchema,
    })
    .openapi('ReverseMovement'),
  bodyOptional: true,
  status: 201,
  description: 'The reversal, and the wallets after it. `wallet` is that of the path.',
  answer: z
    .strictObject({
      reversal: z
        .strictObject({
          amount: moneySchema,
          reversed: moneySchema.openapi({ description: 'All that has gone back, with this.' }),
          remaining: moneySchema.openapi({ description: 'What is left to reverse.' }),
          reason: z.enum(reversalReasons),
        })
        .openapi('Reversal'),
      wallet: walletSchema,
      otherWallet: walletSchema
        .optional()
        .openapi({ description: 'The wallet on the other side of a transfer.' }),
      movementId: movementIdSchema,
    })
    .openapi('Reversed'),
  codes: [
    ...changeCodes,
    ...([
      'MOVEMENT_NOT_FOUND',
      'ARCHIVED',
      'NOT_REVERSIBLE',
      'ALREADY_REVERSED',
      'REVERSAL_EXCEEDS_ORIGINAL',
    ] as const),
    ...(['INSUFFICIENT_FUNDS', 'BALANCE_LIMIT_EXCEEDED', 'TOO_MANY_REVERSALS'] as const),
  ],
  example: {
    params: { walletId: exampleCardWalletId, version: '4' },
    headers: { 'idempotency-key': 'refund-1' },
    body: { amount: '5.50', reason: 'refund', description: 'one item came back' },
    answer: {
      reversal: { amount: '5.50', reversed: '5.50', remaining: '19.50', reason: 'refund' },
      wallet: {
        ...exampleWallet('80.50', 10, exampleCardWalletId),
        available: '580.50',
        minimumBalance: '-500.00',
        maximumBalance: '10000.00',
      },
      movementId: `${exampleCardWalletId}@10`,
    },
  },
} as const satisfies Operation;

export function addReversalRoutes(app: App, deps: CommandDeps & { readonly reads: TenantReads }): void {
  addOperation(app, reverseMovement, async (c) => {
    const request = await readCommandBodyOrNone(c, reverseMovement.body);
    const address = addressed(c);
    const version = readPathParam(c, 'version', versionSchema, 'version');
    const original = await readOriginalOrRepeat(c, deps.reads(callerTenant(c)), address.walletId, version);
    const command = {
      type: 'ReverseMovement',
      ...address,
      ...{ version, returnId: deps.newId() },
      ...request.body,
      amount: request.body.amount,
      original: original ?? { ...address, version, ...nothingToReverse },
    } as const;
    return answerCommand(c, deps, command, hashesOf(command, address.walletId, request));
  });
}

/** A repeat is answered from its record and needs no original, so an archived one does not matter. */
async function readOriginalOrRepeat(
  c: AppContext,
  database: ReadDatabase,
  walletId: string,
  version: number,
): Promise<OriginalMovement | undefined> {
  try {
    return await readOriginal(database, walletId, version);
  } catch (error) {
    const key = error instanceof ArchivedError ? readIdempotencyKey(c) : undefined;
    const ids = key === undefined ? [] : [commandIdOfKey(key, callerTenant(c))];
    if (ids.length === 0 || (await readRecords(database, ids)).length === 0) throw error;
    return undefined;
  }
}

/**
 * The movement of this version; undefined if there is no such wallet. The version may be made between the two
 * reads. It is read again then, because the wallet that the second one saw has it.
 */
async function readOriginal(
  database: ReadDatabase,
  walletId: string,
  version: number,
): Promise<OriginalMovement | undefined> {
  const movement = await readMovement(database, walletId, version);
  if (movement !== undefined) return originalOf(movement.first);
  const wallet = await readWallet(database, walletId);
  if (wallet === undefined) return undefined;
  const made = version > wallet.version ? undefined : await readMovement(database, walletId, version);
  if (made !== undefined) return originalOf(made.first);
  await explainMissing(database, walletId, version);
  throw new ProblemError({
    code: 'MOVEMENT_NOT_FOUND',
    detail: `Wallet "${walletId}" has no version ${version}.`,
    walletId,
  });
}

const nothingToReverse = { kind: undefined, amountMinor: 0n, toWalletId: undefined } as const;

/** What a reversal of the event gives back. */
export function originalOf({ walletId, version, event }: StoredEvent): OriginalMovement {
  switch (event.type) {
    case 'WalletCredited':
      return { walletId, version, kind: 'credit', amountMinor: event.amountMinor, toWalletId: undefined };
    case 'WalletDebited':
      return { walletId, version, kind: 'debit', amountMinor: event.amountMinor, toWalletId: undefined };
    case 'TransferSent':
    case 'HoldCaptured': {
      const { amountMinor, toWalletId } = event;
      const kind = toWalletId === undefined ? 'debit' : 'transfer';
      return { walletId, version, kind, amountMinor, toWalletId };
    }
    default:
      return { walletId, version, ...nothingToReverse };
  }
}
