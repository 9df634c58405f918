import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settings } from '../../src/config.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe("README's table of settings", () => {
  it('has every setting with its default and meaning, in the order of the code, and no other', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z][A-Z_]+)` +\| (?:`(.*?)`)? *\| (.*?) *\|$/gm)];
    const written = rows.map(([, name, fallback, meaning]) => ({ name, fallback: fallback ?? '', meaning }));
    const actual = Object.entries(settings).map(([name, { fallback, meaning }]) => ({
      name,
      fallback,
      meaning,
    }));
    expect(written).toEqual(actual);
  });
});
