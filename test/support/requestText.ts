// Writes a model's request as it is sent: path and body. The same request always has the same text, because
// two texts under one key could count as two requests.
import { type Request, versionsNamed } from './model/requests.ts';

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** POST for most of them. */
export function methodOf({ kind }: Request): 'POST' | 'PUT' | 'PATCH' {
  if (kind === 'limits' || kind === 'velocity' || kind === 'alerts') return 'PUT';
  return kind === 'details' ? 'PATCH' : 'POST';
}

export function pathOf(request: Request): string {
  if (request.kind === 'create') return '/wallets';
  const wallet = `/wallets/${request.walletId}`;
  switch (request.kind) {
    case 'place':
      return `${wallet}/holds`;
    case 'capture':
    case 'void':
    case 'adjust':
      return `${wallet}/holds/${request.holdId}/${request.kind}`;
    case 'reverse':
      return `${wallet}/events/${request.version}/reverse`;
    case 'details':
      return wallet;
    default:
      return `${wallet}/${request.kind}`;
  }
}

/** The members that stand in the path or in a header. */
const elsewhere: ReadonlySet<string> = new Set(['kind', 'walletId', 'ifMatch', 'version']);
const amounts: ReadonlySet<string> = new Set([
  'amount',
  'minimumBalance',
  'maximumBalance',
  'initialBalance',
]);

export function bodyOf(request: Request): string {
  const members = Object.entries(request).filter(
    ([name, value]) => value !== undefined && !isElsewhere(request, name),
  );
  const texts = members.map(([name, value]: [string, unknown]) => {
    const text = amounts.has(name) ? amountText(value as string) : JSON.stringify(value);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${texts.join()}}`;
}

function isElsewhere({ kind }: Request, name: string): boolean {
  if (kind === 'create') return name === 'kind';
  return elsewhere.has(name) || (name === 'holdId' && kind !== 'place');
}

/** The value of If-Match, or undefined if it is not sent. */
export function ifMatchOf(request: Request): string | undefined {
  const versions = versionsNamed(request);
  if (versions === undefined) return undefined;
  // An empty list cannot be written as a header. A tag that is no version also matches no version.
  return versions.length === 0 ? '"none"' : versions.map((version) => `"${version}"`).join(', ');
}

/** Both spellings of an amount are allowed. The amount alone decides which one is used. */
function amountText(amount: string): string {
  return jsonNumber.test(amount) && amount.length % 2 === 0 ? amount : JSON.stringify(amount);
}
