// Shows every kind of harmful character in every place that one table of them serves.
import { expect, it } from 'vitest';
import { createOutput, facts, table } from '../../cli/output.ts';
import { visible, withVisibleText } from '../../src/foreignText.ts';
import { createLog } from '../../src/telemetry/log.ts';

const harmful = {
  'a colour of the terminal': '\u001b[31m',
  'the title of the terminal': '\u001b]0;x\u0007',
  'a C1 control sequence': '\u009b2J',
  'a carriage return': '\r',
  'a backspace': '\b\b',
  DEL: '\u007f',
  NUL: '\0',
  'right to left': '\u202e',
  'an isolate': '\u2066\u2069',
  'an Arabic letter mark': '\u061c',
  'no width': '\u200b\u200c\u200d\u2060\ufeff',
  'a soft hyphen': '\u00ad',
  'line and paragraph separators': '\u2028\u2029',
  'hidden tags': '\u{e0041}',
  'half a pair': '\ud800',
};
const unseen = /[^\n\P{C}]|\p{Zl}|\p{Zp}/u;

it.each(Object.entries(harmful))('%s is shown as its escape, in every place', (_, characters) => {
  const text = `before${characters}after`;
  const shown: string[] = [
    visible(text),
    withVisibleText(text),
    facts([['name', text]]),
    table(['name'], [[text]]),
  ];
  createLog('info', 'server', { write: (line) => shown.push(line) }).info({ text }, text);
  for (const each of shown) {
    expect(each).not.toMatch(unseen);
    expect(each).toMatch(/before\\(u[0-9a-f]{4}|[rb])/);
  }
  const json = withVisibleText(JSON.stringify({ text }));
  expect(JSON.parse(json)).toEqual({ text });
});

it('text of every language is shown as it is', () => {
  for (const text of ['Grüße', '東京', 'مرحبا', 'שלום', 'हिन्दी', '€ 5', '🙂', 'a\\b'])
    expect(visible(text)).toBe(text);
});

it('one value stays in its line', () => {
  expect(visible('a\nb\tc')).toBe('a\\u000ab\\u0009c');
  expect(createOutput(true).isJson).toBe(true);
});
