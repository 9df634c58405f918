// Plays one history: several clients at once on wallets that only this history uses. The seed decides what
// each client does. Clients repeat requests under their keys, after no answer and by mistake.
import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from '../../support/model/requests.ts';
import { exchange, isUnknownRoute, readList, readWallet, sendCall } from './client.ts';
import { type Known, knowNothing, noteAnswer, noteSent } from './known.ts';
import { creations, nextRequest, ownerOf, type Shape } from './operations.ts';
import { pick, type Random, randomOf, shuffled } from '../../../harness/random.ts';
import type { Call, Read } from './recorded.ts';

export interface HistoryPlan {
  /** Unique in the run. Every id of the history begins with it and a dot. */
  readonly name: string;
  readonly seed: number;
  /** The tenant in which its clients act. Histories of two tenants may have one name, and so equal ids. */
  readonly tenant: string;
  readonly shape: Shape;
  readonly clients: number;
  readonly callsPerClient: number;
  /** Longest pause of a client between two calls. */
  readonly thinkMaxMs?: number;
  /** True while a release before holds may answer. It knows no holds, so fewer calls are about them. */
  readonly besideFormer?: boolean;
}

export interface Driven {
  readonly plan: HistoryPlan;
  /** The time of day, in milliseconds, at which the clock of the calls was 0. */
  readonly epochMs: number;
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
}

/** Repeats of one request without an answer, or with a 503. */
const repeatsMax = 2;
const shares = { keyless: 0.15, again: 0.15, read: 0.3, repeat: 0.8, reconnect: 0.2, payment: 0.55 };
const paymentShareBesideFormer = 0.15;

const reachableWithinMs = 10_000;
const reachablePauseMs = 50;

/** Waits until a process listens. Otherwise a history would end at once without having met anything. */
async function reachable(urls: readonly string[]): Promise<void> {
  const deadline = performance.now() + reachableWithinMs;
  while (performance.now() < deadline) {
    const answers = await Promise.all(urls.map((url) => exchange(`${url}/livez`, {})));
    if (answers.some((answer) => answer?.status === 200)) return;
    await pause(reachablePauseMs);
  }
}

interface Remembered {
  readonly request: Request;
  readonly key: string;
}

export async function driveHistory(urls: readonly string[], plan: HistoryPlan): Promise<Driven> {
  const { name, tenant, seed, clients, thinkMaxMs = 0 } = plan;
  const calls: Call[] = [];
  const reads: Read[] = [];
  const memory: Remembered[] = [];
  const known = knowNothing();
  const epochMs = Date.now() - performance.now();
  const paymentShare = plan.besideFormer === true ? paymentShareBesideFormer : shares.payment;

  const client = async (number: number) => {
    const random = randomOf(seed * 31 + number);
    const id = `${name}.c${number}`;
    // Keys of two tenants may be equal. Their requests differ, because they meet in the log.
    const caller = tenant === '' ? id : `${id}-${tenant}`;
    let sent = 0;
    const send = async (request: Request, key: string | undefined) => {
      for (let repeats = 0; ; repeats += 1) {
        sent += 1;
        const asked = { id: `${caller}.${sent}`, client: caller, request, key };
        noteSent(known, request);
        const call = await sendCall(pick(random, urls), asked, random() < shares.reconnect, tenant);
        calls.push(call);
        noteAnswer(known, request, call.answer?.text);
        const isOpen = call.answer === undefined || (call.answer.status === 503 && !isUnknownRoute(call));
        if (call.answer === undefined) await reachable(urls);
        if (!isOpen || key === undefined || repeats >= repeatsMax || random() > shares.repeat) return;
      }
    };
    const start = share(shuffled(randomOf(seed), creations(name)), number, clients);
    for (const [index, request] of start.entries()) await send(request, `${id}.create-${index}`);
    for (let index = 0; index < plan.callsPerClient; index += 1) {
      if (thinkMaxMs > 0) await pause(random() * thinkMaxMs);
      const next = { history: name, shape: plan.shape, paymentShare, known, fresh: `${number}-${index}` };
      const { request, key } = underKey(random, nextRequest(random, next), `${id}.k${index}`, memory);
      if (key !== undefined) memory.push({ request, key });
      await send(request, key);
      if (random() < shares.read)
        reads.push(...(await check(random, pick(random, urls), plan, caller, known)));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return { plan, epochMs, calls, reads };
}

/** Every wallet is created by some client, and each client also tries the first one of the next. */
function share<T>(all: readonly T[], number: number, clients: number): readonly T[] {
  const own = Math.ceil(all.length / clients);
  return [...all, ...all].slice((number * own) % all.length).slice(0, own + 1);
}

/**
 * Sends it under a new key, without a key, or under a used key: half of these the old request, half another
 * one.
 */
function underKey(
  random: Random,
  request: Request,
  newKey: string,
  memory: readonly Remembered[],
): { readonly request: Request; readonly key: string | undefined } {
  const chance = random();
  if (chance < shares.keyless) return { request, key: undefined };
  if (chance > shares.keyless + shares.again || memory.length === 0) return { request, key: newKey };
  const earlier = pick(random, memory);
  return random() < 0.5 ? earlier : { request, key: earlier.key };
}

/** Reads in one of the four ways, on a wallet that the history has used. */
async function check(
  random: Random,
  url: string,
  { name, tenant }: HistoryPlan,
  client: string,
  { versions }: Known,
): Promise<readonly Read[]> {
  if (random() < 0.25) return readList(url, client, ownerOf(name), tenant);
  if (versions.size === 0) return [];
  const walletId = pick(random, [...versions.keys()]);
  const way = pick(random, ['plain', 'minVersion', 'strong'] as const);
  const minVersion = way === 'minVersion' ? { minVersion: versions.get(walletId) ?? 1 } : {};
  const read = await readWallet(url, { client, walletId, way, ...minVersion }, tenant);
  return read === undefined ? [] : [read];
}
