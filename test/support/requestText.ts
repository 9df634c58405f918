// A model's request as it goes over the wire: path and body. The same request always makes the same text, because two
// texts under one key could be two requests.
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

/** The value of If-Match, or undefined where it is not sent. */
export function ifMatchOf(request: Request): string | undefined {
  if (request.kind === 'create' || request.ifMatch === undefined) return undefined;
  // An empty list can't be written; a tag that is no version names none either.
  return request.ifMatch.length === 0
    ? '"none"'
    : request.ifMatch.map((version) => `"${version}"`).join(', ');
}

/** Both spellings of an amount are allowed; which one is used hangs on the amount alone. */
function amountText(amount: string): string {
  return jsonNumber.test(amount) && amount.length % 2 === 0 ? amount : JSON.stringify(amount);
}
