import { expect, it } from 'vitest';
import { newSecret, parseSecret } from '../../../src/webhooks/signature.ts';
import { createTargets } from '../../../src/webhooks/targets.ts';

const secret = parseSecret(newSecret('hmac').text);
const row = { id: 'whe_1', tenant: '', url: 'https://x.test/', boxes: [Buffer.from('one')] };

function counted() {
  const opened: string[] = [];
  const targets = createTargets((id, boxes) => {
    opened.push(`${id} ${boxes.join(' ')}`);
    if (boxes.length === 0) throw new Error('no secret');
    return [secret];
  });
  return { opened, targets };
}

it('secrets are opened once for each box, however often the endpoint is read', () => {
  const { opened, targets } = counted();
  const again = { ...row, url: 'https://y.test/', boxes: [Buffer.from('one')] };
  expect(targets.of(row)).toEqual({ tenant: '', url: 'https://x.test/', secrets: [secret] });
  expect(targets.of(again)).toEqual({ tenant: '', url: 'https://y.test/', secrets: [secret] });
  expect(opened).toEqual(['whe_1 one']);
});

it('a new, a further and a lost box is opened', () => {
  const { opened, targets } = counted();
  const [one, two] = [Buffer.from('one'), Buffer.from('two')];
  for (const boxes of [[one], [two], [two, one], [one]]) targets.of({ ...row, boxes });
  expect(opened).toEqual(['whe_1 one', 'whe_1 two', 'whe_1 two one', 'whe_1 one']);
});

it('secrets that could not be opened are not kept, and those of other endpoints are forgotten', () => {
  const { opened, targets } = counted();
  expect(() => targets.of({ ...row, boxes: [] })).toThrow('no secret');
  targets.of(row);
  targets.keepOnly(new Set(['whe_2']));
  targets.of(row);
  expect(opened).toEqual(['whe_1 ', 'whe_1 one', 'whe_1 one']);
});
