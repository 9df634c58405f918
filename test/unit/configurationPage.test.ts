import { expect, it } from 'vitest';
import { settings } from '../../src/config/config.ts';
import { testSettings } from '../../src/config/internalSettings.ts';
import { committedConfigurationPage, generateConfigurationPage } from '../support/configurationPage.ts';

it('docs/configuration.md is what the settings generate', () => {
  expect(committedConfigurationPage(), 'run `npm run config:docs`').toBe(generateConfigurationPage());
});

it('docs/configuration.md has every setting once, except the one for tests', () => {
  const names = [...committedConfigurationPage().matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(
    ([, name]) => name,
  );
  const expected = Object.keys(settings).filter((name) => !(name in testSettings));
  expect(names.toSorted()).toEqual(expected.toSorted());
});
