// Compares the planted bugs with the code as it is. A bug that no longer fits the code would be found by the
// long run of `npm run test:bugs` alone. Only that run shows whether the tests find the bugs.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plantedBugs } from '../../bugs/planted/plantedBugs.ts';
import { plantIn } from '../../bugs/plantedBug.ts';
import { committedRulesPage, rulesPage } from '../../bugs/rulesPage.ts';

it.each(plantedBugs)('$name: can be planted, and the file of its test is there', (bug) => {
  const planted = plantIn(readFileSync(bug.file, 'utf8'), bug);
  expect(planted, `${bug.file} has to contain "${bug.find}" exactly once`).toBeDefined();
  expect(existsSync(bug.test.file)).toBe(true);
});

it('every planted bug has a name of its own', () => {
  const names = plantedBugs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('docs/rules.md', () => {
  it('numbers every rule once', () => {
    const rules = plantedBugs.map(({ rule }) => rule);
    expect(rules.filter((rule, index) => !/^R[1-9]\d*$/.test(rule) || rules.indexOf(rule) !== index)).toEqual(
      [],
    );
  });

  it('is the page that the planted bugs give: npm run rules:write', () => {
    expect(committedRulesPage()).toBe(rulesPage());
  });
});
