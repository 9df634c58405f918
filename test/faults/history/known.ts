// Remembers for the clients of one history the versions, movements and holds that answers showed, and the
// holds that they asked for. Later requests name them. All clients share it, so they meet at the same holds.
import type { Request } from '../../support/model/requests.ts';

export interface Named {
  readonly walletId: string;
  readonly holdId: string;
}

export interface Known {
  /** The last version of each wallet that was seen. */
  readonly versions: Map<string, number>;
  /** Movements that can be reversed, by their places. */
  readonly movements: { readonly walletId: string; readonly version: number }[];
  /** Holds that were asked for, whether or not they were placed. */
  readonly holds: Named[];
  /** Holds that an answer showed as placed. */
  readonly placed: Named[];
  /** Wallets that somebody asked to freeze. */
  readonly frozen: string[];
}

export function knowNothing(): Known {
  return { versions: new Map(), movements: [], holds: [], placed: [], frozen: [] };
}

/** Remembers what a request names, as soon as it is sent. */
export function noteSent({ holds, frozen }: Known, request: Request): void {
  const { kind, walletId } = request;
  if (kind === 'place' && !holds.some((hold) => hold.walletId === walletId && hold.holdId === request.holdId))
    holds.push({ walletId, holdId: request.holdId });
  if (kind === 'freeze') frozen.push(walletId);
}

const walletInText = /"id":"([^"]*)","ownerId":"[^"]*","balance":.*?"version":(\d+)/g;
const reversible: ReadonlySet<Request['kind']> = new Set(['credit', 'debit', 'transfer', 'capture']);

/** Remembers what an answer shows. A request that was refused shows no wallet. */
export function noteAnswer({ versions, movements, placed }: Known, request: Request, text = ''): void {
  const { kind } = request;
  const shown = [...text.matchAll(walletInText)].map(([, walletId = '', version]) => ({
    walletId,
    version: Number(version),
  }));
  for (const { walletId, version } of shown)
    versions.set(walletId, Math.max(versions.get(walletId) ?? 0, version));
  const [, walletId, version] = /"movementId":"([^"]*)@(\d+)"/.exec(text) ?? [];
  if (walletId !== undefined && kind === 'place') placed.push({ walletId, holdId: request.holdId });
  if (walletId === undefined || !reversible.has(kind)) return;
  movements.push({ walletId, version: Number(version) });
  // The receiving half of a transfer names the same movement.
  movements.push(...shown.slice(1));
}
