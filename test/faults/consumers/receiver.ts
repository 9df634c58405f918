// A receiver of webhooks that fails by chance. It verifies every request, remembers what it accepted, and
// notes what no receiver should ever see.
//
// Invariant: an event counts as accepted only once it was answered with a whole 2xx.
import { createHash } from 'node:crypto';
import { createFirstArrivals, type FirstArrivals } from '../../../harness/feed/firstArrivals.ts';
import { startWebhookReceiver, type WebhookRequest } from '../../../harness/feed/webhookReceiver.ts';
import type { Random } from '../../../harness/random.ts';
import { verifyWebhook } from '../../../src/client/verifyWebhook.ts';
import { type AnswerKind, answerKinds, createAnswers } from './answers.ts';

export interface ReceiverLog {
  readonly name: string;
  readonly answers: Readonly<Record<AnswerKind, number>>;
  readonly accepted: FirstArrivals;
  /** By event: a digest of the body that arrived. */
  readonly digests: ReadonlyMap<string, string>;
  /** Requests that no receiver should ever see, in words. */
  readonly wrong: readonly string[];
}

export interface Receiver extends ReceiverLog {
  readonly url: string;
  /** A secret that the endpoint may sign with. */
  readonly know: (secret: string) => void;
  readonly beWell: () => void;
  readonly close: () => Promise<void>;
}

/** The clocks of workers are up to an hour wrong. */
const toleranceSeconds = 2 * 3_600;
/** Five secrets of an endpoint sign at most. One may have got lost on its way to here. */
const secretsTried = 8;
const wrongMax = 20;

/** `now` is in monotonic milliseconds. A faster clock changes its mood sooner. */
export async function startReceiver(
  name: string,
  random: Random,
  now = () => performance.now(),
): Promise<Receiver> {
  const answers = Object.fromEntries(answerKinds.map((kind) => [kind, 0])) as Record<AnswerKind, number>;
  const accepted = createFirstArrivals();
  const digests = new Map<string, string>();
  const webhookIds = new Map<string, string>();
  const wrong: string[] = [];
  let secrets: readonly string[] = [];
  const chance = createAnswers(random, now);

  const note = (words: string) => {
    if (wrong.length < wrongMax) wrong.push(`${name}: ${words}`);
  };
  const look = ({ path, headers, text }: WebhookRequest): string | undefined => {
    if (path !== '/') note(`the service followed a redirect to ${path}`);
    const { id } = JSON.parse(text) as { readonly id: string };
    try {
      verifyWebhook({ secret: secrets, headers, body: text, toleranceSeconds });
    } catch (error) {
      note(`${id} can't be verified: ${String(error)}`);
    }
    const webhookId = String(headers['webhook-id']);
    same(webhookIds, id, webhookId, () => {
      note(`${id} came under two ids of deliveries`);
    });
    same(digests, id, digestOf(text), () => {
      note(`${id} came with two bodies`);
    });
    return id;
  };
  const receiver = await startWebhookReceiver((request, response) => {
    let id: string | undefined;
    try {
      id = look(request);
    } catch (error) {
      note(`a request is no event: ${String(error)}`);
    }
    const kind = chance.give(response, () => {
      if (id !== undefined) accepted.take(id);
    });
    answers[kind] += 1;
  });
  return {
    ...{ name, answers, accepted, digests, wrong, beWell: chance.beWell, ...receiver },
    know: (secret) => {
      secrets = [secret, ...secrets].slice(0, secretsTried);
    },
  };
}

export function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

function same(known: Map<string, string>, id: string, value: string, differs: () => void): void {
  const before = known.get(id);
  if (before === undefined) known.set(id, value);
  else if (before !== value) differs();
}
