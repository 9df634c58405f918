// The declarations of the operations that read a wallet's statement, page by page or as one file.
import { cursorAfter, cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { idSchema, timeBoundSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { movementTypeSchema } from '../movements/movementOperations.ts';
import { currencySchema, moneySchema, movementIdSchema, orNull } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleWalletId } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';

const walletIdParams = z.object({ walletId: idSchema });

const period = {
  from: timeBoundSchema.optional().openapi({ description: 'Included. The first event by default.' }),
  to: timeBoundSchema.optional().openapi({ description: 'Not included. The last event by default.' }),
};

const balanceSchema = z
  .strictObject({
    version: z.int().min(0).openapi({ description: '0 is before the first event.' }),
    balance: moneySchema.openapi({ description: 'Settled: what holds set aside is part of it.' }),
    held: moneySchema,
    available: moneySchema,
  })
  .openapi('StatementBalance');

const totalsSchema = z
  .strictObject({ movements: z.int().min(0), credits: moneySchema, debits: moneySchema })
  .openapi('StatementTotals');

const movementSchema = z
  .strictObject({
    movementId: movementIdSchema,
    version: z.int().min(1),
    occurredAt: z.iso.datetime(),
    type: movementTypeSchema,
    description: z.string(),
    counterpart: z.string().nullable().openapi({ description: 'The wallet on the other side.' }),
    direction: z.enum(['in', 'out']),
    amount: moneySchema,
    balanceAfter: moneySchema,
  })
  .openapi('StatementMovement');

const codes = [
  ...readCodes,
  'VALIDATION_FAILED',
  'WALLET_NOT_FOUND',
  'ARCHIVED',
  'EVENT_UNREADABLE',
] as const;

export const getStatement = {
  id: 'getStatement',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}/statement',
  scope: 'wallets:read',
  summary: "Read a wallet's statement",
  note:
    'All pages belong to one statement: what is committed after the first page stays out. Events that leave the ' +
    'balance as it is are no movements, so a page may be empty although nextCursor leads on. The opening balance ' +
    'plus credits minus debits is the closing balance. With `Accept: text/csv` the answer is that of exportStatement.',
  params: walletIdParams,
  query: z.strictObject({ ...period, limit: limitSchema, cursor: cursorSchema }),
  description: 'One page, the oldest movement first.',
  answer: z
    .strictObject({
      walletId: idSchema,
      ownerId: idSchema,
      currency: currencySchema,
      from: z.iso.datetime().nullable(),
      to: z.iso.datetime().nullable(),
      opening: balanceSchema,
      closing: balanceSchema,
      totals: orNull(totalsSchema, 'Of the whole statement. Null if it has more than 100,000 events.'),
      movements: z.array(movementSchema),
      nextCursor: nextCursorSchema,
    })
    .openapi('Statement'),
  codes,
  example: {
    params: { walletId: exampleWalletId },
    query: { from: '2020-01-01T00:00:00Z', to: '2090-01-01T00:00:00Z', limit: '1' },
    answer: {
      walletId: exampleWalletId,
      ownerId: 'owner-1',
      currency: 'USD',
      from: '2020-01-01T00:00:00.000Z',
      to: '2090-01-01T00:00:00.000Z',
      opening: { version: 0, balance: '0.00', held: '0.00', available: '0.00' },
      closing: { version: 4, balance: '100.00', held: '0.00', available: '100.00' },
      totals: { movements: 4, credits: '150.50', debits: '50.50' },
      movements: [
        {
          movementId: `${exampleWalletId}@1`,
          version: 1,
          occurredAt: exampleChangedAt,
          type: 'create',
          description: '',
          counterpart: null,
          direction: 'in',
          amount: '100.00',
          balanceAfter: '100.00',
        },
      ],
      nextCursor: cursorAfter(
        {
          name: 'getStatement',
          asked: {
            walletId: exampleWalletId,
            from: '2020-01-01T00:00:00.000Z',
            to: '2090-01-01T00:00:00.000Z',
          },
        },
        '4.1.4.15050',
      ),
    },
  },
} as const satisfies Operation;

export const exportStatement = {
  id: 'exportStatement',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}/statement.csv',
  scope: 'wallets:read',
  summary: "Export a wallet's statement as CSV",
  note:
    'RFC 4180 in UTF-8, with a header line. Amounts are decimal text. A text that a spreadsheet would run as a ' +
    'formula begins with an apostrophe. The file is complete if its last line is the closing balance.',
  params: walletIdParams,
  query: z.strictObject(period),
  description: 'The whole statement, the oldest movement first, sent while it is read.',
  answer: z.string(),
  mediaType: 'text/csv',
  codes,
  example: {
    params: { walletId: exampleWalletId },
    query: { from: '2020-01-01T00:00:00Z' },
    answer: [
      'time,type,description,counterpart,in,out,balance,currency,movementId',
      '2020-01-01T00:00:00.000Z,opening balance,,,,,0.00,USD,',
      `${exampleChangedAt},create,,,100.00,,100.00,USD,${exampleWalletId}@1`,
      `${exampleChangedAt},transfer,rent,wallet-002,,25.00,75.00,USD,${exampleWalletId}@2`,
      ',closing balance,2 movements; in 100.00; out 25.00; held 0.00; available 75.00,,,,75.00,USD,',
      '',
    ].join('\r\n'),
  },
} as const satisfies Operation;

export const statementOperations = [getStatement, exportStatement] as const;
