/** Writes the digits 1234567 as 1,234,567. It uses no locale, because a new Node.js may change its rules. */
export function withThousands(digits: string): string {
  const first = digits.length % 3 === 0 ? 3 : digits.length % 3;
  const groups = [digits.slice(0, first)];
  for (let at = first; at < digits.length; at += 3) groups.push(digits.slice(at, at + 3));
  return groups.join(',');
}
