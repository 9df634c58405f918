// The declarations of the operations that read the ledger. They answer the entries of a wallet, its balance
// as of a time, and the trial balance.
import { cursorAfter, cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { idSchema, timeBoundSchema, timeSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema, movementIdSchema } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleWalletId } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';

const walletIdParams = z.object({ walletId: idSchema });

const entrySchema = z
  .strictObject({
    position: z.int().min(1),
    movementId: movementIdSchema,
    direction: z.enum(['debit', 'credit']),
    amount: moneySchema,
    currency: currencySchema,
    counterAccount: z.string(),
    balanceAfter: moneySchema,
    occurredAt: z.iso.datetime(),
    description: z.string(),
  })
  .openapi('LedgerEntry');

export const listLedgerEntries = {
  id: 'listLedgerEntries',
  tag: 'Ledger',
  method: 'get',
  path: '/wallets/{walletId}/ledger',
  scope: 'ledger:read',
  summary: "Read a wallet's ledger entries",
  params: walletIdParams,
  query: z.strictObject({
    limit: limitSchema,
    cursor: cursorSchema,
    order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Newest first by default.' }),
    from: timeBoundSchema.optional().openapi({ description: 'Included.' }),
    to: timeBoundSchema.optional().openapi({ description: 'Not included.' }),
  }),
  description: 'One page, in order of position.',
  answer: z.strictObject({ entries: z.array(entrySchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND', 'ARCHIVED'],
  example: {
    params: { walletId: exampleWalletId },
    query: { order: 'desc', limit: '1' },
    answer: {
      entries: [
        {
          position: 4,
          movementId: `${exampleWalletId}@4`,
          direction: 'debit',
          amount: '25.00',
          currency: 'USD',
          counterAccount: 'wallet:wallet-002',
          balanceAfter: '100.00',
          occurredAt: exampleChangedAt,
          description: 'rent',
        },
      ],
      nextCursor: cursorAfter(
        { name: 'listLedgerEntries', asked: { walletId: exampleWalletId, order: 'desc' } },
        '4',
      ),
    },
  },
} as const satisfies Operation;

export const getBalanceAt = {
  id: 'getBalanceAt',
  tag: 'Ledger',
  method: 'get',
  path: '/wallets/{walletId}/balance',
  scope: 'ledger:read',
  summary: "Read a wallet's balance as of a time",
  params: walletIdParams,
  query: z.strictObject({ at: timeSchema }),
  description: 'The balance after the last event at or before that time.',
  answer: z
    .strictObject({
      walletId: idSchema,
      at: z.iso.datetime(),
      balance: moneySchema,
      currency: currencySchema,
      version: z.int().min(1),
      position: z.int().min(1).optional().openapi({ description: 'Absent if the event is archived.' }),
      movementId: movementIdSchema.optional().openapi({ description: 'Absent if the event is archived.' }),
      lastEventAt: z.iso.datetime(),
    })
    .openapi('BalanceAt'),
  codes: [
    ...readCodes,
    'VALIDATION_FAILED',
    'WALLET_NOT_FOUND',
    'WALLET_NOT_YET_CREATED',
    'ARCHIVED',
    'EVENT_UNREADABLE',
  ],
  example: {
    params: { walletId: exampleWalletId },
    query: { at: '2030-01-01T00:00:00Z' },
    answer: {
      walletId: exampleWalletId,
      at: '2030-01-01T00:00:00.000Z',
      balance: '100.00',
      currency: 'USD',
      version: 4,
      position: 4,
      movementId: `${exampleWalletId}@4`,
      lastEventAt: exampleChangedAt,
    },
  },
} as const satisfies Operation;

const sumsSchema = z.strictObject({ currency: currencySchema, debits: moneySchema, credits: moneySchema });
const sums = { currency: 'USD', debits: '120.00', credits: '120.00' };

export const getTrialBalance = {
  id: 'getTrialBalance',
  tag: 'Ledger',
  method: 'get',
  path: '/ledger/trial-balance',
  scope: 'ledger:read',
  summary: 'Sum the whole ledger',
  description: 'Debits and credits from one snapshot.',
  answer: z
    .strictObject({
      position: z.int().min(0).openapi({ description: 'The sums cover exactly the events up to here.' }),
      balanced: z.boolean(),
      accounts: z.array(sumsSchema.extend({ accountClass: z.enum(['wallet', 'settlement']) })),
      totals: z.array(sumsSchema.extend({ balanced: z.boolean() })),
    })
    .openapi('TrialBalance'),
  codes: readCodes,
  example: {
    answer: {
      position: 5,
      balanced: true,
      accounts: [
        { accountClass: 'settlement', currency: 'USD', debits: '150.50', credits: '25.50' },
        { accountClass: 'wallet', ...sums },
      ],
      totals: [{ ...sums, balanced: true }],
    },
  },
} as const satisfies Operation;

export const ledgerOperations = [listLedgerEntries, getBalanceAt, getTrialBalance] as const;
