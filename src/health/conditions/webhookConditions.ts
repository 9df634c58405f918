// Judges webhook endpoints that do not deliver as they should. Their cursors stay where they are, so nothing
// is lost until somebody leaves it out on purpose.
import type { Condition, Found } from '../condition.ts';
import type { EndpointsFound, Facts, WebhookFacts } from '../facts.ts';
import { when } from './answered.ts';

/** Shown of all keys that are missing. There are four at most, unless somebody changed rows by hand. */
const keyIdsMax = 4;

export const webhookConditions: readonly Condition[] = [
  {
    name: 'webhook-key-missing',
    part: 'projections',
    severity: 'warning',
    title: 'There are webhook endpoints, and the process has no key for their secrets',
    check: ofWebhooks(({ hasKey, endpoints }) =>
      hasKey || endpoints === 0
        ? undefined
        : {
            problem: `There ${endpoints === 1 ? 'is a webhook endpoint' : `are ${endpoints} webhook endpoints`}, and this process has no WEBHOOK_SECRETS_KEY. It can make no secret, and test no endpoint.`,
            advice:
              'Set the key of before for the API and the worker, and restart them. If it is lost, set a new one: doctor then names the endpoints whose secrets have to be rotated.',
          },
    ),
  },
  {
    name: 'webhook-secrets-unreadable',
    part: 'projections',
    severity: 'warning',
    title: 'Secrets of webhooks were stored under a key that the process does not have',
    check: ofWebhooks(({ unreadable }) =>
      found(unreadable, (endpoints, first) => ({
        problem: `The key ${unreadable.keyIds.slice(0, keyIdsMax).join(', ')} is not in WEBHOOK_SECRETS_KEY, and the secrets of ${endpoints} were stored under it. They stand still: ${nameOf(first)} is the oldest.`,
        advice: `Add that key after the first one for the API and the worker, and restart them. If it is lost, the owners need new secrets: wallet webhooks rotate-secret ${argumentsOf(first)}.`,
      })),
    ),
  },
  {
    name: 'webhook-wallets-held-up',
    part: 'projections',
    severity: 'warning',
    title: 'Wallets get no webhooks, because an event of them failed ten times',
    check: ofWebhooks(({ heldUp }) =>
      found(heldUp, (_, first) => ({
        problem: `${heldUp.count === 1 ? 'A wallet gets' : `${heldUp.count} wallets get`} no webhooks, because an event failed ten times over three days and holds up the later ones. The longest waits for ${nameOf(first)}.`,
        advice:
          'The receiver refuses this event and answers for others. Tell its owner, and have it tried again once it is repaired. --from now leaves out everything that waits.',
        command: `wallet webhooks resume ${argumentsOf(first)} --from parked`,
      })),
    ),
  },
  {
    name: 'webhook-endpoints-failing',
    part: 'projections',
    severity: 'warning',
    title: 'Webhook endpoints have failed for a day',
    check: ofWebhooks(({ failing }, { temporal }) =>
      found(failing, (endpoints, first) => {
        const command = temporal.answered ? retryCommand(temporal.value, first.id) : undefined;
        return {
          problem: `Nothing was delivered to ${endpoints} for a day. After five days an endpoint is disabled. The longest failing is ${nameOf(first)}.`,
          advice:
            'Tell the owner, who sees the reason of the last attempt at the endpoint. It is tried every five minutes. Once the receiver is repaired, have it tried at once.',
          ...(command !== undefined && { command }),
        };
      }),
    ),
  },
  {
    name: 'webhook-endpoints-disabled',
    part: 'projections',
    severity: 'warning',
    title: 'Webhook endpoints were disabled because their receivers fail',
    check: ofWebhooks(({ givenUp }) =>
      found(givenUp, (_, first) => ({
        problem: `${givenUp.count === 1 ? 'A webhook endpoint was' : `${givenUp.count} webhook endpoints were`} disabled, after 410 or after five days without a delivery. The first is ${nameOf(first)}.`,
        advice:
          'Tell the owner, who is told nowhere else than at the endpoint. Once the receiver is repaired, enable it: it goes on where it stopped. An endpoint that nobody needs is deleted.',
        command: `wallet webhooks enable ${argumentsOf(first)}`,
      })),
    ),
  },
];

function ofWebhooks(
  check: (webhooks: WebhookFacts, facts: Facts) => Found | undefined,
): (facts: Facts) => readonly Found[] {
  return when('postgres', ({ webhooks }, facts) => check(webhooks, facts));
}

type Endpoint = NonNullable<EndpointsFound['first']>;

function found(
  { count, first, since }: EndpointsFound,
  say: (endpoints: string, first: Endpoint) => Omit<Found, 'since'>,
): Found | undefined {
  if (first === null) return undefined;
  const endpoints = count === 1 ? 'a webhook endpoint' : `${count} webhook endpoints`;
  return { ...say(endpoints, first), ...(since !== null && { since }) };
}

function nameOf({ id, tenant }: Endpoint): string {
  return tenant === '' ? id : `${id} of the tenant ${tenant}`;
}

function argumentsOf({ id, tenant }: Endpoint): string {
  return tenant === '' ? id : `${id} --tenant ${tenant}`;
}

type TemporalFacts = Extract<Facts['temporal'], { readonly answered: true }>['value'];

const schedule = 'drain-webhooks';

/** The ids of workflows have the prefix of the schedules. */
function retryCommand({ namespace, schedules }: TemporalFacts, endpointId: string): string | undefined {
  const scheduleId = schedules.find(({ name }) => name === schedule)?.scheduleId;
  if (scheduleId === undefined) return undefined;
  const workflowId = `${scheduleId.slice(0, -schedule.length)}webhook-retry/${endpointId}`;
  return `temporal workflow update execute --namespace ${namespace} --workflow-id ${workflowId} --name retryNow`;
}
