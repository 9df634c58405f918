// Clients that behave as the service asks its callers to. Every command has its key and is sent again under
// this key until its answer is final. The clients record their answers, which are then compared with the
// database.
import { harnessKey } from '../../harness/keys.ts';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { createRequests, type BenchRequest } from '../load/requests.ts';
import { operations } from '../load/load.ts';

const clients = 32;
/** Longest time to repeat one command. A service that stays away longer has failed. */
const repeatWithinMs = 60_000;
const answerWithinMs = 20_000;
const retryMinMs = 5;
const retryMaxMs = 100;

/** One command with its final answer. */
export interface AcknowledgedCommand {
  readonly commandId: string;
  readonly operation: Operation;
  /** Version of the credited, debited or sending wallet, from the ETag. */
  readonly version: number;
}

type Operation = 'credit' | 'debit' | 'transfer';

export interface Tally {
  readonly acknowledged: AcknowledgedCommand[];
  /** Tries with a 503, by its code. */
  readonly unavailable: Record<string, number>;
  /** Tries whose connection failed or whose answer was cut off. */
  cutOff: number;
  /** Tries after the first of a command. */
  retried: number;
  /** Answers with Idempotent-Replayed. */
  replayed: number;
  /** Commands without a final answer, or with a wrong one. */
  readonly failures: string[];
  /** Longest time without a final answer: shows how long the service was away. */
  longestSilenceMs: number;
}

export interface RetryingClients {
  /** Begins no more commands, waits for the final answers of the others, and gives the tally. */
  readonly finish: () => Promise<Tally>;
}

/** Starts the clients on wallets `w-1` to `w-<wallets>`. */
export function startRetryingClients(url: string, wallets: number, signal: AbortSignal): RetryingClients {
  const pool = new Pool(url, { connections: clients, pipelining: 1, headersTimeout: answerWithinMs });
  const tally: Tally = {
    acknowledged: [],
    unavailable: {},
    cutOff: 0,
    retried: 0,
    replayed: 0,
    failures: [],
    longestSilenceMs: 0,
  };
  const makers = requestMakers(wallets);
  let finishing = false;
  let answeredAt = performance.now();

  function acknowledge(command: AcknowledgedCommand): void {
    const now = performance.now();
    tally.longestSilenceMs = Math.max(tally.longestSilenceMs, now - answeredAt);
    answeredAt = now;
    tally.acknowledged.push(command);
  }

  async function runClient(): Promise<void> {
    for (let made = randomBytes(1)[0] ?? 0; !finishing && !signal.aborted; made += 1) {
      const maker = makers[made % makers.length];
      if (maker === undefined) throw new Error('there are operations');
      await repeatUntilFinal(maker.operation, maker.next());
    }
  }

  async function repeatUntilFinal(operation: Operation, request: BenchRequest): Promise<void> {
    const deadline = performance.now() + repeatWithinMs;
    for (let tries = 0; !signal.aborted; tries += 1) {
      if (tries > 0) tally.retried += 1;
      const answer = await send(pool, request, signal);
      if (answer.kind === 'final') {
        if (answer.replayed) tally.replayed += 1;
        acknowledge({ ...answer, operation });
        return;
      }
      if (answer.kind === 'refused') {
        tally.failures.push(`${request.path} under ${request.key} was refused: ${answer.text}`);
        return;
      }
      if (answer.kind === 'cutOff') tally.cutOff += 1;
      else tally.unavailable[answer.code] = (tally.unavailable[answer.code] ?? 0) + 1;
      if (performance.now() > deadline) {
        tally.failures.push(
          `${request.path} under ${request.key} had no final answer in ${repeatWithinMs} ms`,
        );
        return;
      }
      await pause(Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2));
    }
  }

  const running = Promise.all(Array.from({ length: clients }, runClient));
  // `finish` reports a failure. Until then nobody awaits it.
  running.catch(() => undefined);
  return {
    finish: async () => {
      finishing = true;
      await running;
      await pool.destroy();
      return tally;
    },
  };
}

function requestMakers(wallets: number) {
  const range = { first: 1, count: wallets };
  return operations
    .filter((operation) => operation !== 'create')
    .map((operation) => ({ operation, next: createRequests({ operation, wallets: range }) }));
}

type Answer =
  | {
      readonly kind: 'final';
      readonly commandId: string;
      readonly version: number;
      readonly replayed: boolean;
    }
  | { readonly kind: 'unavailable'; readonly code: string }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'cutOff' };

async function send(pool: Pool, { path, key, body }: BenchRequest, signal: AbortSignal): Promise<Answer> {
  let status: number;
  let headers: Record<string, string | string[] | undefined>;
  let text: string;
  try {
    const response = await pool.request({
      method: 'POST',
      path,
      headers: { ...harnessKey.headers, 'content-type': 'application/json', 'idempotency-key': key },
      body,
      signal,
    });
    status = response.statusCode;
    headers = response.headers;
    text = await response.body.text();
  } catch {
    // Refused, reset or cut in the middle: the command may have been carried out. The next try will tell.
    return { kind: 'cutOff' };
  }
  if (status === 503) return { kind: 'unavailable', code: (JSON.parse(text) as { code: string }).code };
  if (status !== 200) return { kind: 'refused', text: `${status} ${text}` };
  return {
    kind: 'final',
    commandId: String(headers['command-id']),
    version: Number(/^"(\d+)"$/.exec(String(headers.etag))?.[1]),
    replayed: headers['idempotent-replayed'] === 'true',
  };
}
