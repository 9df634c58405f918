// Describes what an operator does with a webhook endpoint that needs no form: test, enable, disable, resume,
// delete. Each action is one request of the API.
import type { Action } from './action.ts';
import { counted, duration } from './format.ts';
import { type Attempt, type Endpoint, endpointPath } from './webhookQueries.ts';
import { requestAction } from './webhookRequest.ts';
import { attemptInWords, leftOutByNow } from './webhookWords.ts';

interface Tested extends Pick<Attempt, 'reason' | 'ms'> {
  readonly outcome: 'delivered' | 'failed';
  /** Null if there was no answer. */
  readonly statusClass: string | null;
}

/** A test waits for its receiver as long as a delivery does, and the answer needs time, too. */
const testTimeMaxMs = 25_000;

export function testEndpoint({ id, url }: Endpoint): Action {
  return requestAction<Tested>({
    ...{ method: 'POST', path: `${endpointPath(id)}/test`, bodyOf: () => ({}), timeMaxMs: testTimeMaxMs },
    label: 'Test',
    question: `Send a test event to endpoint ${id}?`,
    explains: `One event of the type webhook.test.v1 goes to ${url} now. Nothing else changes, and it may take 15 s.`,
    confirm: 'Send it',
    done: ({ outcome, statusClass, reason, ms }) => {
      const after = `${statusClass ?? ''} after ${duration(ms)}`;
      if (outcome === 'delivered') return `The test of ${id} was delivered: ${after}.`;
      const why =
        reason === 'status'
          ? after
          : [statusClass ?? [], attemptInWords({ status: null, reason, ms })].flat().join(', ');
      return { sentence: `The test was not delivered: ${why}.`, hasFailed: true };
    },
  });
}

export function enableEndpoint({ id }: Endpoint): Action {
  return requestAction({
    ...{ method: 'PATCH', path: endpointPath(id), bodyOf: () => ({ enabled: true }) },
    label: 'Enable',
    question: `Enable endpoint ${id}?`,
    explains: 'It goes on where it stopped, and what waits is tried at once. Nothing is lost.',
    confirm: 'Enable it',
    done: () => `Endpoint ${id} is enabled.`,
  });
}

export function disableEndpoint({ id }: Endpoint): Action {
  return requestAction({
    ...{ method: 'PATCH', path: endpointPath(id), bodyOf: () => ({ enabled: false }) },
    label: 'Disable',
    question: `Disable endpoint ${id}?`,
    explains: 'Nothing is sent until somebody enables it. Its events wait in the log, and none is lost.',
    confirm: 'Disable it',
    done: () => `Endpoint ${id} is disabled.`,
  });
}

export function resumeFromParked({ id, pending }: Endpoint): Action {
  return requestAction({
    ...{ method: 'POST', path: `${endpointPath(id)}/resume`, bodyOf: () => ({ from: 'parked' }) },
    label: 'Resume from parked',
    question: `Let endpoint ${id} go on with all that failed?`,
    explains: `${counted(pending, 'event')} that failed ${pending === 1 ? 'is' : 'are'} tried at once, then everything after. Nothing is lost.`,
    confirm: 'Resume from parked',
    done: () => `Endpoint ${id} goes on with what failed.`,
  });
}

export function resumeFromNow(endpoint: Endpoint): Action {
  const { id } = endpoint;
  return requestAction({
    ...{ method: 'POST', path: `${endpointPath(id)}/resume`, bodyOf: () => ({ from: 'now' }) },
    label: 'Resume from now',
    question: `Let endpoint ${id} go on with new events only?`,
    explains: leftOutByNow(endpoint),
    confirm: 'Leave them out',
    isSerious: true,
    done: () => `Endpoint ${id} goes on with new events.`,
  });
}

export function deleteEndpoint({ id, url, pending }: Endpoint): Action {
  return requestAction({
    ...{ method: 'DELETE', path: endpointPath(id) },
    label: 'Delete',
    question: `Delete endpoint ${id}?`,
    explains: `Nothing is sent to ${url} any more. Its secrets, its list of deliveries and ${counted(pending, 'event')} that failed are gone for good. A new endpoint begins with new events.`,
    confirm: 'Delete it',
    isSerious: true,
    done: () => `Deleted endpoint ${id}.`,
  });
}
