// Judges the webhook endpoints that the service gave up. Their cursors stay where they are, so nothing is
// lost until somebody leaves it out on purpose.
import type { Condition } from '../condition.ts';
import { when } from './answered.ts';

export const webhookConditions: readonly Condition[] = [
  {
    name: 'webhook-endpoints-disabled',
    part: 'projections',
    severity: 'warning',
    title: 'Webhook endpoints were disabled because their receivers fail',
    check: when('postgres', ({ webhooks: { givenUp, givenUpSince } }) =>
      givenUp === 0
        ? undefined
        : {
            problem: `${givenUp === 1 ? 'A webhook endpoint was' : `${givenUp} webhook endpoints were`} disabled, after 410 or after five days without a delivery.`,
            advice:
              'Tell the owners. GET /webhook-endpoints shows which ones of a tenant. PATCH with {"enabled": true} goes on where an endpoint stopped, and DELETE ends it.',
            ...(givenUpSince !== null && { since: givenUpSince }),
          },
    ),
  },
];
