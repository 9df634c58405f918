// A statement as CSV, piece by piece. The first line after the head is the opening balance, and the last line
// is the closing balance. So whoever gets a file without a closing balance knows that it broke off.
import { formatAmount } from '../../domain/money.ts';
import { bareId } from '../../domain/tenant.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';
import { type CsvCell, csvLine } from '../http/csv.ts';
import { movementTypeOf } from '../movements/movementAnswer.ts';
import {
  readStatementPage,
  type StatementBalance,
  type StatementMovement,
  type StatementPeriod,
} from './statement.ts';
import { counterpartOf, descriptionOf } from './statementAnswer.ts';

/** Events of one piece. A piece has about 150 KB, and the process holds one of them for each caller. */
const eventsMax = 1_000;

const head = csvLine([
  ...['time', 'type', 'description', 'counterpart', 'in', 'out', 'balance', 'currency', 'movementId'],
]);

interface Times {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** The whole statement. The totals stand in words, so that a sum over a column counts nothing twice. */
export async function* statementCsv(
  database: ReadDatabase,
  period: StatementPeriod,
  { from, to }: Times,
): AsyncGenerator<string, void> {
  const { opening, closing, currency } = period;
  const amount = (minor: bigint) => formatAmount(minor, currency);
  const balanceLine = (time: Date | undefined, type: string, description: string, minor: bigint) =>
    csvLine([time?.toISOString() ?? '', type, description, '', '', '', amount(minor), currency, '']);
  let text = head + balanceLine(from, 'opening balance', '', opening.balanceMinor);
  let [count, inMinor, outMinor] = [0, 0n, 0n];
  let end: StatementBalance = opening;
  while (end.version < closing.version) {
    const page = await readStatementPage(database, period, end, { movementsMax: eventsMax, eventsMax });
    if (page.end.version === end.version) throw new Error(`wallet "${period.walletId}" lost an event`);
    for (const movement of page.movements) {
      if (movement.isIn) inMinor += movement.amountMinor;
      else outMinor += movement.amountMinor;
      text += movementLine(movement);
    }
    count += page.movements.length;
    ({ end } = page);
    if (text !== '' && end.version < closing.version) {
      yield text;
      text = '';
    }
  }
  if (opening.balanceMinor + inMinor - outMinor !== closing.balanceMinor)
    throw new Error(`the statement of wallet "${period.walletId}" does not add up`);
  const held = `held ${amount(closing.heldMinor)}; available ${amount(closing.availableMinor)}`;
  const totals = `${count} movements; in ${amount(inMinor)}; out ${amount(outMinor)}; ${held}`;
  yield text + balanceLine(to, 'closing balance', totals, closing.balanceMinor);
}

function movementLine({ movementId, stored, amountMinor, isIn }: StatementMovement): string {
  const { event, occurredAt } = stored;
  const { currency, balanceMinor } = event;
  const amount = formatAmount(amountMinor, currency);
  const cells: readonly CsvCell[] = [
    occurredAt.toISOString(),
    movementTypeOf(event),
    { text: descriptionOf(event) },
    { text: counterpartOf(event) ?? '' },
    isIn ? amount : '',
    isIn ? '' : amount,
    formatAmount(balanceMinor, currency),
    currency,
    { text: bareId(movementId) },
  ];
  return csvLine(cells);
}
