// The list of `npm run test:bugs` against the code as it is: a bug that no longer finds its place would be reported only
// by the long run. What the bugs do to the tests is for that run alone.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plantedBugs } from '../../bugs/planted/plantedBugs.ts';
import { plantIn } from '../../bugs/plantedBug.ts';

it.each(plantedBugs)('$name: can be planted, and the file of its test is there', (bug) => {
  const planted = plantIn(readFileSync(bug.file, 'utf8'), bug);
  expect(planted, `"${bug.find}" has to stand in ${bug.file} exactly once`).toBeDefined();
  expect(existsSync(bug.test.file)).toBe(true);
});

it('every planted bug has a name of its own', () => {
  const names = plantedBugs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
