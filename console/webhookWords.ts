// Puts a webhook endpoint into words: whether it delivers, since when and why it does not, and what to do.
// Pure.
import type { SendReason } from '../src/webhooks/send.ts';
import { ago, count, counted, duration, time } from './format.ts';
import type { Attempt, Endpoint, Replay } from './webhookQueries.ts';

export interface EndpointState {
  readonly badge: '' | 'badge-well' | 'badge-watch' | 'badge-wrong';
  readonly title: string;
  /** Since when, and by whom. */
  readonly words: string;
}

type Judged = Pick<
  Endpoint,
  'status' | 'disabledReason' | 'disabledAt' | 'failingSince' | 'lastAttempt' | 'pending'
>;

/** `nowMs` is the server's clock. Without it the words have no age. */
export function stateOf(endpoint: Judged, nowMs: number | undefined): EndpointState {
  const { status, disabledReason, disabledAt, failingSince, pending } = endpoint;
  if (status === 'disabled') {
    const since = sinceInWords(disabledAt, nowMs);
    if (disabledReason === 'owner') return { badge: '', title: 'disabled', words: `by a person ${since}` };
    const why = disabledReason === 'gone' ? 'the receiver answered 410' : 'nothing succeeded for five days';
    return { badge: 'badge-wrong', title: 'disabled', words: `by this service ${since}: ${why}` };
  }
  if (status === 'retrying')
    return { badge: 'badge-wrong', title: 'retried', words: sinceInWords(failingSince, nowMs) };
  if (failingSince !== null)
    return {
      badge: 'badge-watch',
      title: 'delivers',
      words: `and fails ${sinceInWords(failingSince, nowMs)}`,
    };
  if (pending > 0)
    return { badge: 'badge-watch', title: 'delivers', words: `but for ${counted(pending, 'event')}` };
  return { badge: 'badge-well', title: 'delivers', words: '' };
}

function sinceInWords(iso: string | null, nowMs: number | undefined): string {
  if (iso === null) return 'since its last change';
  return `since ${time(iso)}${nowMs === undefined ? '' : ` (${ago(iso, nowMs)})`}`;
}

interface Cause {
  readonly words: string;
  readonly todo: string;
}

/** A record, so that a new reason does not compile until it has words here. */
const causes: Readonly<Record<Exclude<SendReason, 'status'>, Cause>> = {
  redirect: {
    words: 'a redirect, and none is followed',
    todo: 'Ask the owner of the receiver for the new URL, and change it here.',
  },
  timeout: {
    words: 'no whole answer within 15 s',
    todo: 'Ask the owner of the receiver to answer first, and to do slow work afterwards.',
  },
  connectTimeout: {
    words: 'no connection within 10 s',
    todo: 'Ask the owner whether the receiver runs, and whether a firewall stands before it.',
  },
  nameNotResolved: {
    words: 'DNS knows no address of the name',
    todo: 'Check the host in the URL, and change it here if it is wrong.',
  },
  addressNotAllowed: {
    words: 'its address is not a public one',
    todo: 'Change the URL, or open that network with WEBHOOK_ALLOWED_NETWORKS.',
  },
  urlNotAllowed: {
    words: 'the settings allow its URL no more',
    todo: 'Change the URL, or look at WEBHOOK_PORTS and WEBHOOK_ALLOWED_NETWORKS.',
  },
  connectionRefused: {
    words: 'the connection was refused',
    todo: 'Ask the owner whether the receiver runs at this host and port.',
  },
  unreachable: {
    words: 'no way leads to its address',
    todo: 'Ask the owner whether the receiver runs, and check the network of the worker.',
  },
  connectionFailed: {
    words: 'no connection',
    todo: 'Ask the owner whether the receiver runs, and check the network of the worker.',
  },
  connectionClosed: {
    words: 'the connection ended before the answer did',
    todo: 'Ask the owner of the receiver for its log at this time.',
  },
  tls: {
    words: 'its certificate is not trusted, or it speaks no TLS',
    todo: 'Ask the owner for a certificate of this name. NODE_EXTRA_CA_CERTS names an authority of your own.',
  },
  badAnswer: {
    words: 'the answer is no HTTP',
    todo: 'Check the port in the URL, and change it here if it is wrong.',
  },
  serviceError: {
    words: 'this service failed, and not the receiver',
    todo: 'Search the log of the workers for “a webhook could not be sent”.',
  },
};

/** Undefined if the status says it all, or the server is newer than this page. */
const causeOf = (reason: string | null): Cause | undefined =>
  reason !== null && Object.hasOwn(causes, reason) ? causes[reason as keyof typeof causes] : undefined;

/** "500 (5xx) after 42 ms", or why there was no whole answer. */
export function attemptInWords({ ms, ...answer }: Attempt): string {
  return `${answerInWords(answer)} after ${duration(ms)}`;
}

function answerInWords({ status, reason }: Pick<Attempt, 'status' | 'reason'>): string {
  const answer = status === null ? [] : [`${status} (${Math.floor(status / 100)}xx)`];
  const cause = reason === null || reason === 'status' ? [] : [causeOf(reason)?.words ?? reason];
  return [...answer, ...cause].join(', ');
}

type JudgedReplay = Pick<Replay, 'outcome' | 'progress' | 'endedAt' | 'nextAttemptAt' | 'lastFailure'>;

/** How far a replay is. `nowMs` is the server's clock. */
export function replayState(replay: JudgedReplay, nowMs: number | undefined): EndpointState {
  const { outcome, progress, endedAt, nextAttemptAt, lastFailure } = replay;
  const since = endedAt === null ? '' : sinceInWords(endedAt, nowMs);
  if (outcome === 'sent') return { badge: 'badge-well', title: 'sent', words: since };
  const failure = lastFailure === null ? '' : answerInWords(lastFailure);
  if (outcome === 'failed')
    return {
      ...{ badge: 'badge-wrong', title: 'failed' },
      words: `at ${progress} % ${since}: ${failure}. Ask for it again once “Test” succeeds.`,
    };
  if (lastFailure === null) return { badge: '', title: `${progress} %`, words: '' };
  const next = nextAttemptAt === null ? '' : `, tried again at ${time(nextAttemptAt)}`;
  return { badge: 'badge-watch', title: `${progress} %`, words: `waits: ${failure}${next}` };
}

/** The advice about an endpoint that is not well. Undefined if there is nothing to do. */
export function adviceOf(endpoint: Judged): string | undefined {
  const { status, disabledReason, failingSince, lastAttempt, pending } = endpoint;
  if (status === 'disabled' && disabledReason === 'owner')
    return 'Its events wait in the log. “Enable” goes on where it stopped, and nothing is lost.';
  if (status === 'delivering' && failingSince === null)
    return pending === 0
      ? undefined
      : 'The list below says which events, and when each is tried again. “Resume from parked” tries all of them at once, also those that failed for good.';
  const cause = lastAttempt === null ? 'Ask the owner of the receiver.' : causeAdvice(lastAttempt);
  const rest =
    status === 'disabled'
      ? 'Once “Test” succeeds, “Resume from parked” goes on where it stopped, and nothing is lost.'
      : 'It is tried again by itself, every five minutes or sooner, and goes on once an attempt succeeds. “Resume from parked” tries at once.';
  return `${cause} ${rest}`;
}

function causeAdvice({ status, reason }: Attempt): string {
  const cause = causeOf(reason);
  if (cause !== undefined) return cause.todo;
  if (status === 410) return 'The receiver wants nothing more. Ask its owner, and delete the endpoint if so.';
  if (status !== null && [408, 425, 429].includes(status))
    return 'The receiver asks for a pause. Ask its owner, if that lasts.';
  if (status !== null && status >= 400 && status < 500)
    return 'The receiver refuses. Ask its owner whether the URL and the secret are right.';
  return 'The receiver fails by itself. Ask its owner for its log at this time.';
}

/** What is sent to an endpoint: types, wallets and labels, each "one of these". */
export function filterInWords({
  types,
  walletIds,
  labels,
}: Pick<Endpoint, 'types' | 'walletIds' | 'labels'>) {
  const parts = [
    types === null ? 'all types' : named(types, 'type'),
    walletIds === null ? 'all wallets' : named(walletIds, 'wallet'),
    ...(labels === null ? [] : [`with label ${labels.join(' or ')}`]),
  ];
  return parts.join(', ');
}

const namedMax = 3;

export const namesOfTypes = (types: readonly string[]) => named(types, 'type');

function named(names: readonly string[], noun: string): string {
  return names.length <= namedMax ? names.join(' or ') : `${count(names.length)} ${noun}s`;
}

/** How much was not delivered. Only events that failed are counted. Newer ones wait in the log. */
export function waitingInWords({ status, pending }: Pick<Endpoint, 'status' | 'pending'>): string {
  const failed = counted(pending, 'event');
  if (status === 'delivering') return pending === 0 ? 'nothing' : failed;
  return pending === 0 ? 'newer events' : `${failed} and newer ones`;
}

/** The events that a resume from now leaves out. */
export function leftOutByNow(
  endpoint: Pick<Endpoint, 'pending' | 'ordered' | 'lastEventAt' | 'createdAt'>,
): string {
  const { pending, ordered, lastEventAt, createdAt } = endpoint;
  const ofWallets = ordered && pending > 0 ? ', the later events of their wallets' : '';
  const failed = pending === 0 ? '' : `${counted(pending, 'event')} that failed${ofWallets}, and `;
  return `It leaves out ${failed}every event after ${time(lastEventAt ?? createdAt)} that was not sent yet. The receiver never gets them, unless you replay that time.`;
}
