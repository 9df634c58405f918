// The ledger's part of the OpenAPI description.
import { z } from 'zod';
import {
  currencySchema,
  cursorSchema,
  describe,
  limitSchema,
  moneySchema,
  nextCursorSchema,
  registry,
  walletIdParameter,
} from '../openApi/describe.ts';
import { readCodes } from '../wallets/walletDescription.ts';
import { idSchema, timeBoundSchema, timeSchema } from '../http/schemas.ts';

const entrySchema = registry.register(
  'LedgerEntry',
  z.strictObject({
    position: z.int().min(1),
    direction: z.enum(['debit', 'credit']),
    amount: moneySchema,
    currency: currencySchema,
    counterAccount: z.string(),
    balanceAfter: moneySchema,
    occurredAt: z.iso.datetime(),
    description: z.string(),
  }),
);

const balanceSchema = registry.register(
  'BalanceAt',
  z.strictObject({
    walletId: idSchema,
    at: z.iso.datetime(),
    balance: moneySchema,
    currency: currencySchema,
    version: z.int().min(1),
    position: z.int().min(1),
    lastEventAt: z.iso.datetime(),
  }),
);

const sumsSchema = z.strictObject({ currency: currencySchema, debits: moneySchema, credits: moneySchema });
const trialBalanceSchema = registry.register(
  'TrialBalance',
  z.strictObject({
    position: z.int().min(0).openapi({ description: 'The sums cover exactly the events up to here.' }),
    balanced: z.boolean(),
    accounts: z.array(sumsSchema.extend({ accountClass: z.enum(['wallet', 'settlement']) })),
    totals: z.array(sumsSchema.extend({ balanced: z.boolean() })),
  }),
);

export function describeLedger(): void {
  describe({
    id: 'listLedgerEntries',
    tag: 'Ledger',
    method: 'get',
    path: '/wallets/{walletId}/ledger',
    summary: "Read a wallet's ledger entries",
    params: walletIdParameter,
    query: z.object({
      limit: limitSchema,
      cursor: cursorSchema,
      order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Newest first by default.' }),
      from: timeBoundSchema.optional().openapi({ description: 'Included.' }),
      to: timeBoundSchema.optional().openapi({ description: 'Not included.' }),
    }),
    description: 'One page, in order of position.',
    answer: z.strictObject({ entries: z.array(entrySchema), nextCursor: nextCursorSchema }),
    codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  });
  describe({
    id: 'getBalanceAt',
    tag: 'Ledger',
    method: 'get',
    path: '/wallets/{walletId}/balance',
    summary: "Read a wallet's balance as of a time",
    params: walletIdParameter,
    query: z.object({ at: timeSchema }),
    description: 'What the last event at or before that time left.',
    answer: balanceSchema,
    codes: [
      ...readCodes,
      'VALIDATION_FAILED',
      'WALLET_NOT_FOUND',
      'WALLET_NOT_YET_CREATED',
      'EVENT_UNREADABLE',
    ],
  });
  describe({
    id: 'getTrialBalance',
    tag: 'Ledger',
    method: 'get',
    path: '/ledger/trial-balance',
    summary: 'Sum the whole ledger',
    description: 'Debits and credits out of one snapshot.',
    answer: trialBalanceSchema,
    codes: readCodes,
  });
}
