// GET /owners/:id/summary tells what an owner has in each currency. An owner is only a name on wallets, so
// one without wallets has nothing.
import { isCurrency } from '../../domain/currency.ts';
import { formatAmount } from '../../domain/money.ts';
import { bareId } from '../../domain/tenant.ts';
import { type OwnerSum, readOwnerSums } from '../../eventStore/read/readOwnerSums.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { App } from '../context.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { readPathParam } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { idSchema } from '../http/schemas.ts';
import { callerTenant, scoped } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema } from '../openApi/answerSchemas.ts';
import { addOperation, type Operation, readCodes } from '../openApi/operation.ts';

export const getOwnerSummary = {
  id: 'getOwnerSummary',
  tag: 'Wallets',
  method: 'get',
  path: '/owners/{ownerId}/summary',
  scope: 'wallets:read',
  summary: 'Sum the wallets of an owner',
  note: 'The event store answers. So the sums are exact, and have every command that was answered before.',
  params: z.object({ ownerId: idSchema }),
  description: 'The sums in each currency, all of one moment. Closed wallets count.',
  answer: z
    .strictObject({
      ownerId: idSchema,
      currencies: z.array(
        z.strictObject({
          currency: currencySchema,
          wallets: z.int().min(1),
          balance: moneySchema,
          held: moneySchema,
          available: moneySchema,
        }),
      ),
    })
    .openapi('OwnerSummary'),
  codes: [...readCodes, 'VALIDATION_FAILED'],
  example: {
    params: { ownerId: 'owner-1' },
    answer: {
      ownerId: 'owner-1',
      currencies: [{ currency: 'USD', wallets: 1, balance: '100.00', held: '0.00', available: '100.00' }],
    },
  },
} as const satisfies Operation;

export interface OwnerRouteDeps {
  readonly reads: TenantReads;
}

export function addOwnerRoutes(app: App, { reads }: OwnerRouteDeps): void {
  addOperation(app, getOwnerSummary, async (c) => {
    const ownerId = scoped(c, readPathParam(c, 'ownerId', idSchema, 'owner id'));
    const sums = await readOwnerSums(reads(callerTenant(c)), ownerId);
    return respondRead(c, { ownerId: bareId(ownerId), currencies: sums.map(toSum) });
  });
}

function toSum({ currency, wallets, balanceMinor, heldMinor, availableMinor }: OwnerSum): object {
  if (!isCurrency(currency)) throw new Error(`a wallet has the unknown currency "${currency}"`);
  const amount = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  return {
    currency,
    wallets,
    balance: amount(balanceMinor),
    held: amount(heldMinor),
    available: amount(availableMinor),
  };
}
