import fc from 'fast-check';
import { expect, it } from 'vitest';
import { amountMembers, withTextAmounts } from '../../../../src/api/http/textAmounts.ts';

/** A number as its digits. No other object has this name. */
type Decimal = Readonly<Record<'digits', string>>;
type Tree = string | Decimal | Tree[] | { readonly [name: string]: Tree };

/** The JSON of it. The amounts become text before there is any JSON, if `isText` says so. */
function jsonOf(tree: Tree, isText: boolean): string {
  const valueOf = (value: Tree, isAmount: boolean): unknown => {
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) return value.map((one) => valueOf(one, false));
    if (typeof value.digits === 'string')
      return isText && isAmount ? value.digits : JSON.rawJSON(value.digits);
    const names: readonly string[] = amountMembers;
    const members = Object.entries(value as Record<string, Tree>);
    return Object.fromEntries(members.map(([name, member]) => [name, valueOf(member, names.includes(name))]));
  };
  return JSON.stringify(valueOf(tree, false));
}

const amountLike = fc.constantFrom(
  ...amountMembers,
  'version',
  '"',
  '\\',
  '":',
  '"amount":1',
  '\\"held":2.50',
);
const names = fc.array(amountLike, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.constantFrom('', '.0', '.50', 'e3', 'E-7'))
  .map(([whole, rest]) => ({ digits: `${whole}${rest}` }));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { weight: 3, arbitrary: fc.dictionary(names, fc.oneof({ weight: 3, arbitrary: decimals }, tie('tree'))) },
    fc.array(tie('tree'), { maxLength: 3 }),
    names,
    decimals,
  ),
}));

it('amounts become text in any JSON, and nothing else changes', () => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(withTextAmounts(jsonOf(value as Tree, false))).toBe(jsonOf(value as Tree, true));
    }),
    { numRuns: 2_000 },
  );
});
