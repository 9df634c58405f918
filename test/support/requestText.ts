// Writes a model's request as it is sent: path and body. The same request always has the same text, because
// two texts under one key could count as two requests.
import type { Request } from './model.ts';

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export function pathOf(request: Request): string {
  return request.kind === 'create' ? '/wallets' : `/wallets/${request.walletId}/${request.kind}`;
}

export function bodyOf(request: Request): string {
  if (request.kind === 'create') {
    const { walletId, ownerId, currency, initialBalance } = request;
    const members = JSON.stringify({ walletId, ownerId, currency });
    return `${members.slice(0, -1)},"initialBalance":${amountText(initialBalance)}}`;
  }
  const to = request.kind === 'transfer' ? `"toWalletId":${JSON.stringify(request.toWalletId)},` : '';
  const description = JSON.stringify(request.description);
  return `{${to}"amount":${amountText(request.amount)},"description":${description}}`;
}

/** The value of If-Match, or undefined if it is not sent. */
export function ifMatchOf(request: Request): string | undefined {
  if (request.kind === 'create' || request.ifMatch === undefined) return undefined;
  // An empty list cannot be written as a header. A tag that is no version also matches no version.
  return request.ifMatch.length === 0
    ? '"none"'
    : request.ifMatch.map((version) => `"${version}"`).join(', ');
}

/** Both spellings of an amount are allowed. The amount alone decides which one is used. */
function amountText(amount: string): string {
  return jsonNumber.test(amount) && amount.length % 2 === 0 ? amount : JSON.stringify(amount);
}
