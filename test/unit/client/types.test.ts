import { expect, it } from 'vitest';
import { committedClientTypes, generateClientTypes } from '../../support/clientTypes.ts';

it('the committed types are those of the OpenAPI document: npm run client:types', async () => {
  expect(committedClientTypes()).toBe(await generateClientTypes());
});
