// Statements over HTTP: pages of JSON, and a CSV file of any length.
import type { Logger } from 'pino';
import type { App, AppContext } from '../context.ts';
import { bareId } from '../../domain/tenant.ts';
import { readStatementTotals, type StatementTotals } from '../../eventStore/read/readStatement.ts';
import type { ReadDatabase, TenantReads } from '../../eventStore/tenantReads.ts';
import { answerError } from '../answerError.ts';
import { cursorAfter, type List, pageSizeSchema, readCursor, unknownCursor } from '../http/page.ts';
import { createAnswerPieces } from '../http/pieces.ts';
import { ProblemError } from '../http/problems.ts';
import { readQuery, readWalletId } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  readBalance,
  readPeriod,
  readStatementPage,
  type StatementBalance,
  type StatementMovement,
  type StatementPage,
  type StatementPeriod,
} from './statement.ts';
import { toPeriodAnswer, toStatementMovement, toTotalsAnswer } from './statementAnswer.ts';
import { statementCsv } from './statementCsv.ts';
import { exportStatement, getStatement } from './statementOperations.ts';

export interface StatementRouteDeps {
  readonly reads: TenantReads;
  readonly pageSizeMax: number;
  readonly log: Logger;
}

/** Events that one request for a page examines at most. */
const eventsExaminedMax = 10_000;
/** Events of a statement whose totals are summed for its first page. */
const eventsSummedMax = 100_000;
/** Files that one process sends at once. Each asks one page of the database at a time. */
const exportsMax = 8;
const exportTimeMaxMs = 15 * 60_000;

interface Times {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export function addStatementRoutes(app: App, { reads, pageSizeMax, log }: StatementRouteDeps): void {
  const pageQuery = getStatement.query.extend({ limit: pageSizeSchema(pageSizeMax) });
  const answerPieces = createAnswerPieces({
    answersMax: exportsMax,
    timeMaxMs: exportTimeMaxMs,
    onFailure: (error, c) => {
      // The answer is under way, so the problem is only logged.
      answerError(error, c, log);
    },
  });

  async function answerCsv(c: AppContext, times: Times): Promise<Response> {
    const walletId = readWalletId(c);
    const database = reads(callerTenant(c));
    const period = await readPeriod(database, { walletId, ...times });
    return answerPieces(c, statementCsv(database, period, times), {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileNameOf(walletId, times)}"`,
      vary: 'Accept, Authorization, Cookie, Wallet-Tenant',
    });
  }

  addOperation(app, getStatement, async (c) => {
    const { limit, cursor, ...times } = readQuery(c, pageQuery);
    assertInOrder(times);
    if (wantsCsv(c) && cursor === undefined) return answerCsv(c, times);
    const walletId = readWalletId(c);
    const [from, to] = [times.from?.toISOString(), times.to?.toISOString()];
    const list: List = { name: getStatement.id, asked: { walletId: bareId(walletId), from, to } };
    const place = readCursor(cursor, list, placeKey);
    const database = reads(callerTenant(c));
    const period = await readPeriod(database, { walletId, ...times, closing: place?.closing });
    if (place !== undefined) assertInside(place, period);
    const totals = place === undefined ? await sum(database, period) : totalsAt(place, period);
    const start = place === undefined ? period.opening : await readBalance(database, walletId, place.after);
    const { movements, end } = await readPage(database, period, start, limit);
    const isLast = end.version >= period.closing.version;
    const answer = {
      ...toPeriodAnswer(period),
      ...{ from: from ?? null, to: to ?? null },
      totals: toTotalsAnswer(totals, period.currency),
      movements: movements.map(toStatementMovement),
      nextCursor: isLast ? null : cursorAfter(list, placeOf(period, end, totals)),
    };
    return respondRead(c, answer, { vary: 'Accept, Authorization, Cookie, Wallet-Tenant' });
  });

  addOperation(app, exportStatement, (c) => {
    const times = readQuery(c, exportStatement.query);
    assertInOrder(times);
    return answerCsv(c, times);
  });
}

function assertInOrder({ from, to }: Times): void {
  if (from === undefined || to === undefined || from <= to) return;
  const errors = [{ parameter: 'to', detail: 'must not be before from' }];
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'to must not be before from.', errors });
}

/** Only a caller that names CSV gets it. */
function wantsCsv(c: AppContext): boolean {
  return /^\s*text\/csv\s*(?:[;,]|$)/i.test(c.req.header('accept') ?? '');
}

/**
 * Where a page begins: the version at which the statement ends, the one after which the page begins, and the
 * totals, which are summed once.
 */
const placeKey = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}\.(?:-|\d{1,15}\.\d{1,25})$/)
  .transform((key) => {
    const [closing = '', after = '', movements = '', inMinor] = key.split('.');
    const totals =
      inMinor === undefined ? undefined : { movements: Number(movements), inMinor: BigInt(inMinor) };
    return { closing: Number(closing), after: Number(after), totals };
  });

type Place = z.output<typeof placeKey>;

function placeOf({ closing }: StatementPeriod, end: StatementBalance, totals?: StatementTotals): string {
  const summed = totals === undefined ? '-' : `${totals.movements}.${totals.inMinor}`;
  return `${closing.version}.${end.version}.${summed}`;
}

/** For a cursor that this service did not make. */
function assertInside(place: Place, period: StatementPeriod): void {
  const { opening, closing } = period;
  const isInside = place.after >= opening.version && place.after <= closing.version;
  if (!isInside || (totalsAt(place, period)?.outMinor ?? 0n) < 0n) throw unknownCursor();
}

/** What went out follows from the balances. */
function totalsAt({ totals }: Place, { opening, closing }: StatementPeriod): StatementTotals | undefined {
  return totals && { ...totals, outMinor: opening.balanceMinor + totals.inMinor - closing.balanceMinor };
}

async function sum(database: ReadDatabase, period: StatementPeriod): Promise<StatementTotals | undefined> {
  const { walletId, opening, closing } = period;
  if (closing.version - opening.version > eventsSummedMax) return undefined;
  const span = { after: opening.version, balanceMinor: opening.balanceMinor, through: closing.version };
  const totals = await readStatementTotals(database, walletId, span);
  if (totals && opening.balanceMinor + totals.inMinor - totals.outMinor !== closing.balanceMinor)
    throw new Error(`the statement of wallet "${walletId}" does not add up`);
  return totals;
}

/** At most `limit` movements. It asks once, unless many events leave the balance as it is. */
async function readPage(
  database: ReadDatabase,
  period: StatementPeriod,
  start: StatementBalance,
  limit: number,
): Promise<StatementPage> {
  const movements: StatementMovement[] = [];
  let end = start;
  let eventsMax = limit;
  while (
    movements.length < limit &&
    end.version < period.closing.version &&
    end.version - start.version < eventsExaminedMax
  ) {
    const movementsMax = limit - movements.length;
    const page = await readStatementPage(database, period, end, { movementsMax, eventsMax });
    movements.push(...page.movements);
    ({ end } = page);
    eventsMax = 1_000;
  }
  return { movements, end };
}

function fileNameOf(walletId: string, { from, to }: Times): string {
  const day = (time: Date | undefined) => (time === undefined ? [] : [time.toISOString().slice(0, 10)]);
  // A colon is no part of a file name everywhere.
  return `${['statement', bareId(walletId).replaceAll(':', '_'), ...day(from), ...day(to)].join('-')}.csv`;
}
