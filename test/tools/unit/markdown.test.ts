import { describe, expect, it } from 'vitest';
import { anchorsIn, commandsIn, linksIn, shapeOf } from '../../support/markdown.ts';

const fence = (first: string, text: string) => `\`\`\`${first}\n${text}\n\`\`\`\n`;

describe('a block of commands', () => {
  it('is run, with the output that follows it, or says why not', () => {
    const markdown = `Text\n${fence('sh', 'a')}\n${fence('output', 'b')}${fence('sh not-run="needs an engine"', 'c')}text\n${fence('output', 'd')}`;
    expect(commandsIn(markdown)).toEqual([
      { line: 2, script: 'a\n', notRun: undefined, output: 'b\n' },
      { line: 9, script: 'c\n', notRun: 'needs an engine', output: undefined },
    ]);
  });

  it.each(['sh norun', 'sh not-run=""', 'sh not-run'])('is refused as %s', (first) => {
    expect(() => commandsIn(fence(first, 'a'))).toThrow('line 1');
  });
});

describe('an output', () => {
  it.each([
    ['{"a":…,"b":1}', '{"a":7,"b":1}', true],
    ['{"a":…,"b":1}', '{"a":7,"b":2}', false],
    ['at 2026-11-22T17:32:44.728Z', 'at 2027-01-01T00:00:00.000Z', true],
    ['at 2026-11-22T17:32:44.728Z', 'at noon', false],
    ['a\n…\nd', 'a\nb\nc\nd\n', true],
    ['a\nb', 'b\na\n', false],
    ['a b', 'a     b', true],
  ])('%j fits %j: %j', (output, printed, fits) => {
    expect(shapeOf(output).test(printed)).toBe(fits);
  });
});

it('knows headings and links outside of blocks', () => {
  const markdown = `# A wallet's \`lag\`, now\n${fence('sh', '# [x](none.md)')}[a](b.md#c) [d](https://e)`;
  expect([...anchorsIn(markdown)]).toEqual(['a-wallets-lag-now']);
  expect(linksIn(markdown)).toEqual(['b.md#c']);
});
