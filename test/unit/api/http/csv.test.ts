import { describe, expect, it } from 'vitest';
import { csvLine } from '../../../../src/api/http/csv.ts';

describe('a line of CSV', () => {
  it('quotes what RFC 4180 asks for, and nothing else', () => {
    expect(csvLine(['a b', 'a,b', 'say "no"', 'two\r\nlines', ''])).toBe(
      'a b,"a,b","say ""no""","two\r\nlines",\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠A1'])(
    'keeps a spreadsheet from running %j',
    (text) => {
      expect(csvLine([{ text }])).toMatch(/^"?'/);
    },
  );

  it('leaves our own amounts and other texts as they are', () => {
    expect(csvLine(['-12.50', { text: 'a=b' }, { text: ' -' }])).toBe('-12.50,a=b, -\r\n');
  });
});
