// Bugs in statements: the file by which a customer or an auditor judges the books.
import type { PlantedBug } from '../plantedBug.ts';

export const statementBugs: readonly PlantedBug[] = [
  {
    rule: 'R145',
    invariant: 'All pages of a statement belong to one statement, whatever is committed meanwhile.',
    name: 'each page of a statement ends at the newest event of its moment',
    harm: 'A debit is committed between two pages. The movements then lead to another balance than the first page says.',
    file: 'src/api/statements/statementRoutes.ts',
    find: 'closing: place?.closing }',
    replace: 'closing: undefined }',
    test: {
      file: 'test/api/statements.test.ts',
      name: 'a statement ends where its first page says, though commands are committed before its next page',
    },
  },
  {
    rule: 'R146',
    invariant: 'A statement has what happened at its beginning, and not what happened at its end.',
    name: 'the movement at the last instant of a month is in the statement of that month',
    harm: 'The bank books it in December, and the customer reads it in November.',
    file: 'src/eventStore/read/foundVersions.ts',
    find: '(happened_at < ($2::timestamptz[])[nth]',
    replace: '(happened_at <= ($2::timestamptz[])[nth]',
    test: {
      file: 'test/api/statements.test.ts',
      name: 'a statement agrees with itself and with those before and after it, for every history and every period',
    },
  },
  {
    rule: 'R147',
    invariant: 'No text of a caller runs as a formula in a spreadsheet.',
    name: 'only a text that begins with = counts as a formula',
    harm: 'A customer describes a transfer as "@SUM(…)". The spreadsheet of the accountant runs it and sends the file away.',
    file: 'src/api/http/csv.ts',
    find: String.raw`/^[=+\-@\t\r\n＝＋－＠]/`,
    replace: '/^=/',
    test: {
      file: 'test/unit/api/http/csv.test.ts',
      name: 'a line of CSV keeps a spreadsheet from running "@SUM(A1)"',
    },
  },
  {
    rule: 'R148',
    invariant: 'A long answer is made as fast as its client takes it, and never faster.',
    name: 'a long answer is made at once and waits for its client in the memory',
    harm: 'Eight slow clients ask for statements of a million movements. The process needs a gigabyte and is ended.',
    file: 'src/api/http/pieces.ts',
    find: '{ highWaterMark: 0 }',
    replace: '{ highWaterMark: 10_000 }',
    test: {
      file: 'test/unit/api/http/pieces.test.ts',
      name: 'an answer in pieces makes no piece before the client has taken the one before it',
    },
  },
];
