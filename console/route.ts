// Decides which page is shown. #/ is the overview, #/wallets lists wallets, #/wallets/ID is one wallet,
// #/owners/ID lists the wallets of an owner. #/movements lists movements, #/movements/TEXT those that a text
// finds, and #/movement/ID is one movement. #/hold/WALLET/ID is one hold. #/webhooks lists webhook endpoints,
// and #/webhooks/ID is one, whose `?status=` chooses deliveries. #/audit lists the audit log. Its filters are
// parameters, and `?from=` and `?to=` bound the time here and of movements. A plain #part jumps within the
// overview.
import { useEffect, useState } from 'preact/hooks';
import { type DeliveryStatus, deliveryStatuses } from './webhookQueries.ts';

export type SearchedBy = 'wallets' | 'owners';
export interface MovementsAsked {
  readonly text: string;
  /** Local times as an input of the browser writes them, such as 2026-11-01T08:00. Empty asks for nothing. */
  readonly from: string;
  readonly to: string;
}

/** Empty asks for nothing. */
export type AuditAsked = Readonly<Record<(typeof auditFilters)[number], string>>;

const auditFilters = ['actor', 'operation', 'target', 'requestId', 'from', 'to'] as const;

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'wallets'; readonly by: SearchedBy; readonly id: string | undefined }
  | ({ readonly page: 'movements' } & MovementsAsked)
  | { readonly page: 'movement'; readonly id: string }
  | { readonly page: 'hold'; readonly walletId: string; readonly holdId: string }
  | { readonly page: 'webhooks' }
  | { readonly page: 'webhook'; readonly id: string; readonly status: DeliveryStatus | undefined }
  | { readonly page: 'audit'; readonly asked: AuditAsked };

export function hrefOf(page: SearchedBy | 'movements' | 'movement', id: string): string {
  return `#/${page}/${encodeURIComponent(id)}`;
}

/** A hold's id is unique within its wallet. */
export function hrefOfHold({
  walletId,
  holdId,
}: {
  readonly walletId: string;
  readonly holdId: string;
}): string {
  return `#/hold/${encodeURIComponent(walletId)}/${encodeURIComponent(holdId)}`;
}

/** `status` asks for deliveries with it. */
export function hrefOfWebhook(id: string, status?: DeliveryStatus): string {
  return `#/webhooks/${encodeURIComponent(id)}${status === undefined ? '' : `?status=${status}`}`;
}

function webhookAsked(path: string): Route {
  const [id = '', query = ''] = path.split('?');
  if (id === '') return { page: 'webhooks' };
  const asked = new URLSearchParams(query).get('status');
  return {
    ...{ page: 'webhook', id: decoded(id) },
    status: deliveryStatuses.find((one) => one === asked),
  };
}

export function hrefOfMovements({ text, from, to }: MovementsAsked): string {
  const range = new URLSearchParams({ ...(from !== '' && { from }), ...(to !== '' && { to }) }).toString();
  return `#/movements${text === '' ? '' : `/${encodeURIComponent(text)}`}${range === '' ? '' : `?${range}`}`;
}

export function hrefOfAudit(asked: Partial<AuditAsked>): string {
  const query = new URLSearchParams(Object.entries(asked).filter(([, text]) => text !== '')).toString();
  return `#/audit${query === '' ? '' : `?${query}`}`;
}

function auditAsked(query: URLSearchParams): AuditAsked {
  const asked = auditFilters.map((name) => [name, query.get(name)?.trim() ?? '']);
  return Object.fromEntries(asked) as AuditAsked;
}

const localTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

function movementsAsked(path: string): MovementsAsked {
  const [text = '', range = ''] = path.split('?');
  const query = new URLSearchParams(range);
  const timeOf = (name: string) => {
    const time = query.get(name) ?? '';
    return localTime.test(time) && !Number.isNaN(Date.parse(time)) ? time : '';
  };
  return { text: decoded(text), from: timeOf('from'), to: timeOf('to') };
}

function routeOf(hash: string): Route {
  const [, first, rest = ''] = /^#\/([^/?]*)([/?].*)?$/s.exec(hash) ?? [];
  const second = rest.startsWith('/') ? rest.slice(1) : rest;
  if (first === 'movements') return { page: 'movements', ...movementsAsked(second) };
  if (first === 'movement') return { page: 'movement', id: decoded(second) };
  if (first === 'hold') {
    const [walletId = '', holdId = ''] = second.split('/');
    return { page: 'hold', walletId: decoded(walletId), holdId: decoded(holdId) };
  }
  if (first === 'webhooks') return webhookAsked(second);
  if (first === 'audit') return { page: 'audit', asked: auditAsked(new URLSearchParams(rest)) };
  if (first !== 'wallets' && first !== 'owners') return { page: 'overview' };
  return { page: 'wallets', by: first, id: second === '' ? undefined : decoded(second) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The address has a lone %. The text is searched for unchanged, and not found.
    return text;
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const onChange = () => {
      setRoute((before) => {
        const next = routeOf(location.hash);
        // A jump to a part of the page does not change the page.
        const isPart = location.hash !== '' && !location.hash.startsWith('#/');
        return isPart ? before : next;
      });
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return route;
}
