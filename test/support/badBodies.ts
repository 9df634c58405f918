// Bodies that no well-behaved client sends: odd values, odd objects, odd encodings.
import fc from 'fast-check';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const nestedObjects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
export const keysOfPrototypes = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
] as const;

/** Texts to use as a JSON value: most are valid JSON, some are not. */
const valueTexts = fc.oneof(
  fc.constantFrom(
    ...['1', '0', '-0', '-1', '007', '1e3', '1e999', '-1e-999', '1.', '.5', '+1', '0x10', '0.001', '1_000'],
    ...['9007199254740993', '9'.repeat(400), `0.${'0'.repeat(300)}1`, 'NaN', 'Infinity', '-Infinity', '1n'],
    ...['null', 'true', '[]', '{}', '""', '"1"', '"1e3"', '"NaN"', '" 1"', '"١"', '"0x1"', '"\\u0000"'],
    ...['"\\ud800"', '"\\udc00\\ud800"', '"\\uZZZZ"', '"\u2028"', '"\u202e"', '"\\"', '\u00a01', "'1'"],
    ...['"."', '".."', '"../.."', '"bad-2"', '"USD"', '"usd"', '"XTS"', '"JPY"', '"constructor"'],
    ...[nested(50), nested(7_000), nestedObjects(2_500), '{"source":"1"}', '{"__proto__":{"amount":1}}'],
    ...[`"${'x'.repeat(501)}"`, `"${'x'.repeat(20_000)}"`, `"${'\\u0041'.repeat(100)}"`, '', '1 1', '/**/1'],
  ),
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.double().map(String),
);

const memberNames = fc.oneof(
  fc.constantFrom('amount', 'description', 'walletId', 'ownerId', 'currency', 'initialBalance', 'toWalletId'),
  fc.constantFrom('reason', 'note', 'Amount', 'amount ', '', ...keysOfPrototypes, '\\u0061mount', '\\ud800'),
);

/** Joined by hand, so that a key may occur twice. */
const objectTexts = fc
  .array(fc.tuple(memberNames, valueTexts), { maxLength: 5 })
  .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`);

/** Correct bodies of the routes, by the end of their path. */
const rightBodies: Readonly<Record<string, readonly string[]>> = {
  wallets: ['"ownerId":"o"', '"currency":"USD"', '"initialBalance":1'],
  credit: ['"amount":1', '"description":"d"'],
  debit: ['"amount":1', '"description":"d"'],
  transfer: ['"toWalletId":"bad-2"', '"amount":1', '"description":"d"'],
  skip: ['"reason":"r"'],
  pause: ['"note":"n"'],
  resume: ['"note":"n"'],
};

/** Replaces one member, by another value or by another member. */
function almostRight(members: readonly string[]): fc.Arbitrary<string> {
  const names = members.map((member) =>
    JSON.parse(`{${member}}`) ? member.slice(1, member.indexOf('"', 1)) : '',
  );
  return fc
    .tuple(fc.nat(members.length - 1), fc.option(memberNames), valueTexts)
    .map(
      ([index, name, value]) =>
        `{${members.with(index, `"${name ?? names[index] ?? ''}":${value}`).join(',')}}`,
    );
}

const strangeTexts = fc.oneof(
  objectTexts,
  valueTexts,
  fc.constantFrom('{', '{"amount":1', '{"amount":1,}', '{"amount":1}}', '{amount:1}', '\0', '{"amount":1}\0'),
  fc.constantFrom(
    nested(8_190),
    '['.repeat(16_000),
    nestedObjects(2_700),
    '{"a":'.repeat(3_000),
    ' '.repeat(16_385),
  ),
);

const utf8 = (text: string): number[] => [...Buffer.from(text, 'utf8')];
const utf16 = (text: string): number[] => [...Buffer.from(text, 'utf16le')];

/** Encodes text as bytes: correctly, in other encodings, or broken. */
type Encode = (text: string) => number[];
const encodings: fc.Arbitrary<Encode> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(utf8) },
  fc.constantFrom<Encode[]>(
    (text) => [0xef, 0xbb, 0xbf, ...utf8(text)],
    utf16,
    (text) => [0xff, 0xfe, ...utf16(text)],
    (text) => [0xfe, 0xff, ...Buffer.from(text, 'utf16le').swap16()],
    (text) => [...Buffer.from(text, 'latin1')],
  ),
  fc
    .tuple(
      fc.nat(),
      // Overlong, a surrogate, beyond Unicode, a lone continuation, an escape sequence begun, NUL.
      fc.constantFrom([0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82], [0]),
    )
    .map(([at, bytes]) => (text: string) => {
      const whole = utf8(text);
      return whole.toSpliced(at % (whole.length + 1), 1, ...bytes);
    }),
  fc.nat().map((at) => (text: string) => utf8(text).slice(0, at % (text.length + 1))),
);

const bytes = fc.uint8Array({ maxLength: 64 }).map((some) => Uint8Array.from(some));

/** Bodies for a route, many of them almost right. */
export function bodiesOf(routePath: string): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const right = rightBodies[routePath.split('/').at(-1) ?? ''];
  const members = right ?? ['"unknown":1'];
  const encoded = fc
    .tuple(encodings, fc.oneof({ weight: 3, arbitrary: almostRight(members) }, strangeTexts))
    .map(([encode, text]) => Uint8Array.from(encode(text)));
  const all = fc.oneof({ weight: 8, arbitrary: encoded }, bytes);
  const isStart = routePath.endsWith('/:type');
  // A change without a body refuses most of them, so that later checks are rarely reached.
  if (right === undefined && !isStart)
    return fc.oneof({ weight: 2, arbitrary: fc.constant(new Uint8Array()) }, all);
  if (!isStart) return all;
  // No body or an empty object would start a recovery, and nothing here would end it.
  return all.filter((body) => !/^\s*(\{\s*\})?\s*$/.test(new TextDecoder().decode(body)));
}
