// Plays one history: several clients at once on wallets that only this history uses. The seed decides what
// each client does. Clients repeat requests under their keys, after no answer and by mistake.
import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from '../../support/model/requests.ts';
import { exchange, readList, readWallet, sendCall } from './client.ts';
import { creations, nextRequest, ownerOf, type Shape } from './operations.ts';
import { pick, type Random, randomOf, shuffled } from '../../../harness/random.ts';
import { versionIn } from './reads.ts';
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
}

export interface Driven {
  readonly plan: HistoryPlan;
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
}

/** Repeats of one request without an answer, or with a 503. */
const repeatsMax = 2;
const shares = { keyless: 0.15, again: 0.15, read: 0.3, repeat: 0.8, reconnect: 0.2 };

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
  const versions = new Map<string, number>();

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
        const call = await sendCall(pick(random, urls), asked, random() < shares.reconnect, tenant);
        calls.push(call);
        learn(versions, call.answer?.text);
        const isOpen = call.answer === undefined || call.answer.status === 503;
        if (call.answer === undefined) await reachable(urls);
        if (!isOpen || key === undefined || repeats >= repeatsMax || random() > shares.repeat) return;
      }
    };
    const start = shuffled(random, creations(name)).slice(0, Math.ceil(6 / clients) + 1);
    for (const [index, request] of start.entries()) await send(request, `${id}.create-${index}`);
    for (let index = 0; index < plan.callsPerClient; index += 1) {
      if (thinkMaxMs > 0) await pause(random() * thinkMaxMs);
      const fresh = nextRequest(random, name, plan.shape, (walletId) => versions.get(walletId) ?? 1);
      const { request, key } = underKey(random, fresh, `${id}.k${index}`, memory);
      if (key !== undefined) memory.push({ request, key });
      await send(request, key);
      if (random() < shares.read)
        reads.push(...(await check(random, pick(random, urls), plan, caller, versions)));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return { plan, calls, reads };
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
  versions: ReadonlyMap<string, number>,
): Promise<readonly Read[]> {
  if (random() < 0.25) return readList(url, client, ownerOf(name), tenant);
  if (versions.size === 0) return [];
  const walletId = pick(random, [...versions.keys()]);
  const way = pick(random, ['plain', 'minVersion', 'strong'] as const);
  const minVersion = way === 'minVersion' ? { minVersion: versions.get(walletId) ?? 1 } : {};
  const read = await readWallet(url, { client, walletId, way, ...minVersion }, tenant);
  return read === undefined ? [] : [read];
}

const walletInText = /"id":"([^"]*)","ownerId":"[^"]*","balance":[^,]*,"version":\d+/g;

/** Remembers the versions in an answer. Later requests name them in If-Match and minVersion. */
function learn(versions: Map<string, number>, text = ''): void {
  for (const [wallet, id = ''] of text.matchAll(walletInText))
    versions.set(id, Math.max(versions.get(id) ?? 0, versionIn(wallet)));
}
