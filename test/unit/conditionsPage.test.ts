import { expect, it } from 'vitest';
import { conditions } from '../../src/health/conditions/conditions.ts';
import { committedConditionsPage, generateConditionsPage } from '../support/conditionsPage.ts';
import { toldWithin } from '../support/toldWithin.ts';

it('docs/conditions.md is what the health model generates', () => {
  expect(committedConditionsPage(), 'run `npm run conditions:docs`').toBe(generateConditionsPage());
});

it('docs/conditions.md has a section for every condition, at which its alert points', () => {
  const sections = [...committedConditionsPage().matchAll(/^### (\S+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(conditions.map(({ name }) => name));
});

it('every measured time belongs to a condition', () => {
  const names = conditions.map(({ name }) => name);
  expect(Object.keys(toldWithin).filter((name) => !names.includes(name))).toEqual([]);
});
