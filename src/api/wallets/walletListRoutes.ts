// GET /wallets lists wallets by whatever is known of them. The read model answers. While it does not, the
// event store lists all wallets, or those of an owner, in order of id. Any other question is then refused.
import { isCurrency } from '../../domain/currency.ts';
import { bareId } from '../../domain/tenant.ts';
import { readCurrentDetails } from '../../eventStore/read/readDetails.ts';
import { readWallets } from '../../eventStore/read/readWallets.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { ReadModelQueries } from '../../projections/readModel/readModelQueries.ts';
import { detailsOf, type WalletDocument, walletOf } from '../../projections/readModel/walletDocument.ts';
import {
  sortValueOf,
  type WalletFilter,
  type WalletSort,
  walletSorts,
} from '../../projections/readModel/walletSearch.ts';
import type { App } from '../context.ts';
import {
  cursorSchema,
  limitSchema,
  type List,
  nextCursorSchema,
  pageSizeSchema,
  readCursor,
  toPage,
} from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readQuery } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { decimalBoundSchema, idSchema, textSchema, timeBoundSchema } from '../http/schemas.ts';
import { callerTenant, scopedOrNone } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { orNull } from '../openApi/answerSchemas.ts';
import { exampleWallet } from '../openApi/exampleStory.ts';
import { addOperation, type Operation, readCodes } from '../openApi/operation.ts';
import { toDetailsAnswer, toSnapshot } from './walletAnswer.ts';
import { metadataKeySchema, metadataValueSchema, walletSchema } from './walletCommandOperations.ts';
import type { ReadModelAccess } from './readModelAccess.ts';

const totalSchema = z
  .strictObject({
    count: z.int().min(0),
    isExact: z.boolean().openapi({ description: 'False if counting ended at this number.' }),
  })
  .openapi('Total');

/** Conditions on metadata in one request. */
const metadataMax = 10;

const metadataFilterSchema = z
  .record(metadataKeySchema, metadataValueSchema)
  .refine((given) => Object.keys(given).length <= metadataMax, `must name at most ${metadataMax} keys`)
  .optional()
  .openapi({
    type: 'object',
    additionalProperties: { type: 'string' },
    param: { style: 'deepObject', explode: true },
    description: 'Wallets whose metadata have exactly these values: metadata[order]=17.',
  });

const included = { description: 'Included.' };
const excluded = { description: 'Not included.' };

export const listWallets = {
  id: 'listWallets',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets',
  scope: 'wallets:read',
  summary: 'List wallets',
  note:
    'All conditions must hold. While the read model does not answer, the event store lists all wallets or those of an ' +
    'owner, in order of id, and other lists are refused with SEARCH_UNAVAILABLE.',
  query: z.strictObject({
    ownerId: idSchema.optional(),
    currency: z.string().refine(isCurrency, 'must be an ISO 4217 code').optional(),
    status: z.enum(['active', 'frozen', 'closed']).optional(),
    label: textSchema(z.string().min(1), 60).optional().openapi({ description: 'Wallets with this label.' }),
    metadata: metadataFilterSchema,
    minAvailable: decimalBoundSchema.optional(),
    createdFrom: timeBoundSchema.optional().openapi(included),
    createdTo: timeBoundSchema.optional().openapi(excluded),
    changedFrom: timeBoundSchema.optional().openapi(included),
    changedTo: timeBoundSchema.optional().openapi(excluded),
    sort: z.enum(walletSorts).optional().openapi({
      description:
        'By id if it is absent. Balances of several currencies have no order, so balance needs currency.',
    }),
    order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Ascending by default.' }),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page.',
  answer: z.strictObject({
    wallets: z.array(walletSchema),
    total: orNull(
      totalSchema,
      'The wallets on all pages. Null if the event store answered, which does not count.',
    ),
    nextCursor: nextCursorSchema,
  }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'SEARCH_UNAVAILABLE'],
  example: {
    query: { ownerId: 'owner-1', limit: '20' },
    answer: { wallets: [exampleWallet('100.00', 4)], total: null, nextCursor: null },
  },
} as const satisfies Operation;

export interface WalletListDeps {
  readonly reads: TenantReads;
  readonly readModel: ReadModelQueries;
  readonly readModelAccess: ReadModelAccess;
  readonly pageSizeMax: number;
}

type Asked = z.output<typeof listWallets.query>;

export function addWalletListRoutes(app: App, deps: WalletListDeps): void {
  const query = listWallets.query.extend({ limit: pageSizeSchema(deps.pageSizeMax) });

  addOperation(app, listWallets, async (c) => {
    const { limit, cursor, ...asked } = readQuery(c, query);
    const { ownerId, sort = 'id', order = 'asc', ...filter } = asked;
    if (sort === 'balance' && asked.currency === undefined) throw needsCurrency();
    const list = listOf(asked);
    const place = readCursor(cursor, list, placeKeyOf(sort));
    const search = {
      tenant: callerTenant(c),
      ownerId: scopedOrNone(c, ownerId),
      after: scopedOrNone(c, place?.id),
      limit: limit + 1,
    };
    const projected = await deps.readModelAccess.ask(() =>
      deps.readModel.listWalletDocuments({ ...search, filter, sort, order, afterValue: place?.value }),
    );
    if (projected !== undefined) {
      const { documents, total } = projected;
      const { rows, nextCursor } = toPage(list, documents, limit, (one) => keyOf(one, sort));
      const wallets = rows.map((row) => ({
        ...toSnapshot(walletOf(row)),
        ...toDetailsAnswer(detailsOf(row)),
      }));
      return respondRead(c, { wallets, total, nextCursor }, { 'x-read-source': 'read-model' });
    }
    if (!isPlain(filter, sort, order)) throw unavailable();
    const database = deps.reads(search.tenant);
    const found = await readWallets(database, search);
    const { rows, nextCursor } = toPage(list, found, limit, ({ id }) => bareId(id));
    const details = await readCurrentDetails(database, rows);
    const wallets = rows.map((row) => ({ ...toSnapshot(row), ...toDetailsAnswer(details.get(row.id)) }));
    const answer = { wallets, total: null, nextCursor };
    return respondRead(c, answer, { 'x-read-source': 'event-store' });
  });
}

/** The parameters in one spelling each, so that a cursor holds for the same question alone. */
function listOf({
  metadata,
  createdFrom,
  createdTo,
  changedFrom,
  changedTo,
  ...others
}: Omit<Asked, 'limit'>): List {
  const { sort, order, ...words } = others;
  return {
    name: listWallets.id,
    asked: {
      ...words,
      sort: sort === 'id' ? undefined : sort,
      order: order === 'asc' ? undefined : order,
      metadata:
        metadata && JSON.stringify(Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1))),
      createdFrom: createdFrom?.toISOString(),
      createdTo: createdTo?.toISOString(),
      changedFrom: changedFrom?.toISOString(),
      changedTo: changedTo?.toISOString(),
    },
  };
}

/** The id, and before it what the list is sorted by. */
function placeKeyOf(sort: WalletSort): z.ZodType<{ readonly id: string; readonly value: string }, string> {
  if (sort === 'id') return idSchema.transform((id) => ({ id, value: id }));
  const valuePattern =
    sort === 'balance' ? '-?\\d{1,19}' : '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
  return z
    .string()
    .regex(new RegExp(`^${valuePattern} [A-Za-z0-9._:-]{1,128}$`))
    .transform((key) => {
      const [value = '', id = ''] = key.split(' ');
      return { id, value };
    });
}

function keyOf(document: WalletDocument, sort: WalletSort): string {
  const id = bareId(document.id);
  return sort === 'id' ? id : `${sortValueOf(document, sort)} ${id}`;
}

/** Whether the event store can list these wallets as well, through its indexes. */
function isPlain(filter: WalletFilter, sort: WalletSort, order: 'asc' | 'desc'): boolean {
  return (
    sort === 'id' && order === 'asc' && Object.values(filter).every((condition) => condition === undefined)
  );
}

function needsCurrency(): ProblemError {
  const errors = [
    { parameter: 'currency', detail: 'must be given, because balances of several have no order' },
  ];
  return new ProblemError({ code: 'VALIDATION_FAILED', detail: 'sort=balance needs currency.', errors });
}

function unavailable(): ProblemError {
  return new ProblemError({
    code: 'SEARCH_UNAVAILABLE',
    detail: 'The read model does not answer. Without it, wallets are listed by ownerId alone.',
  });
}
