// Shows webhook endpoints, deliveries and replays to people.
import type { components } from '../src/client/index.ts';
import { facts, table } from './output.ts';

type Endpoint = components['schemas']['WebhookEndpoint'];
type Delivery = components['schemas']['WebhookDelivery'];
type Replay = components['schemas']['WebhookReplay'];
type Attempt = components['schemas']['WebhookAttempt'];

/** For the help texts. */
export const exampleId = 'whe_0123456789abcdef01234567';
export const exampleReplayId = 'whr_0123456789abcdef01234567';

const disabledBecause: Readonly<Record<NonNullable<Endpoint['disabledReason']>, string>> = {
  owner: 'by its owner',
  gone: 'the receiver answered 410',
  failing: 'nothing succeeded for five days',
};

const listOr = (list: readonly string[] | null, none: string) => list?.join(' ') ?? none;

/** "200", "503", "302 redirect" or "timeout". */
function attemptInWords(attempt: Attempt | null): string | undefined {
  if (attempt === null) return undefined;
  const { status, reason } = attempt;
  return [status, reason === 'status' ? null : reason].filter((part) => part !== null).join(' ');
}

export function showEndpoint(endpoint: Endpoint): string {
  const { status, disabledAt, disabledReason, lastAttempt } = endpoint;
  const why = disabledReason === null ? '' : `: ${disabledBecause[disabledReason]}`;
  return facts([
    ['endpoint', endpoint.id],
    ['url', endpoint.url],
    ['status', disabledAt === null ? status : `${status} since ${disabledAt}${why}`],
    ['types', listOr(endpoint.types, 'all')],
    ['wallets', listOr(endpoint.walletIds, 'all')],
    ['labels', listOr(endpoint.labels, 'any')],
    ['order', endpoint.ordered ? 'kept for each wallet' : 'not kept'],
    ['signing', endpoint.signing],
    ['description', endpoint.description],
    ['delivered', endpoint.delivered],
    ['pending', endpoint.pending],
    ['last event', endpoint.lastEventAt],
    ['last success', endpoint.lastSuccessAt],
    ['failing since', endpoint.failingSince],
    ['last answer', attemptInWords(lastAttempt)],
    ['answered in', lastAttempt === null ? undefined : `${lastAttempt.ms} ms`],
    ['created', `${endpoint.createdAt} by ${endpoint.createdBy}`],
    ['changed', endpoint.changedAt],
  ]);
}

export function tableOfEndpoints(endpoints: readonly Endpoint[]): string {
  const rows = endpoints.map((one) => [
    ...[one.id, one.url, one.status, listOr(one.types, 'all'), one.pending],
    ...[attemptInWords(one.lastAttempt), one.lastSuccessAt, one.description],
  ]);
  const head = [
    'endpoint',
    'url',
    'status',
    'types',
    'pending',
    'last answer',
    'last success',
    'description',
  ];
  return table(head, rows, 'There is no webhook endpoint. Make one with: wallet webhooks create <url>');
}

export function tableOfDeliveries(deliveries: readonly Delivery[]): string {
  const rows = deliveries.map((one) => [
    ...[one.eventId, one.type, one.status, one.attempts, attemptInWords(one.lastAttempt)],
    ...[one.lastAttemptAt, one.nextAttemptAt, one.holdsUpWallet ? 'yes' : 'no'],
  ]);
  const head = [
    ...['event', 'type', 'status', 'attempts', 'last answer', 'last attempt', 'next attempt'],
    'holds up its wallet',
  ];
  return table(head, rows, 'Every event was delivered at the first attempt.');
}

export function showReplay(replay: Replay): string {
  const { id, from, to, types, sent, progress, outcome, endedAt, nextAttemptAt, lastFailure } = replay;
  return facts([
    ['replay', id],
    ['from', from],
    ['to', to],
    ['types', listOr(types, 'those of the endpoint')],
    ['sent', sent],
    ['progress', `${progress} %`],
    ['outcome', outcome ?? 'under way'],
    ['ended', endedAt],
    ['last failure', failureInWords(lastFailure)],
    // Without a failure it goes on at once.
    ['next attempt', lastFailure === null ? null : nextAttemptAt],
  ]);
}

/** "503, 2 attempts" or "timeout, 1 attempt". */
function failureInWords(failure: Replay['lastFailure']): string | undefined {
  if (failure === null) return undefined;
  const { status, reason, attempts } = failure;
  const answer = attemptInWords({ status, reason, ms: 0 });
  return `${answer}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
}

export function tableOfReplays(replays: readonly Replay[]): string {
  const rows = replays.map(({ id, from, to, sent, progress, outcome, endedAt, lastFailure }) => [
    ...[id, from, to, sent, `${progress} %`, outcome ?? 'under way', endedAt],
    failureInWords(lastFailure),
  ]);
  const head = ['replay', 'from', 'to', 'sent', 'progress', 'outcome', 'ended', 'last failure'];
  return table(head, rows, 'Nothing was replayed to this endpoint.');
}
