// Sends the commands of a simulated day: new wallets, credits, debits, transfers, and holds that are
// captured, voided or left to expire. Counts what was acknowledged. Some commands are sent again six days
// later, when their keys are still remembered.
import { Pool } from 'undici';
import { harnessKey } from '../../harness/keys.ts';
import { type Random, whole } from '../../harness/random.ts';

const connections = 32;
const answerWithinMs = 600_000;
/** Commands of a day that are sent again. */
const repeatedOfDay = 5;
/** The retention is seven days. */
const repeatedAfterDays = 6;
const dayS = 86_400;
const walletsAtFirst = 500;
const walletsOfDay = 5;

type Kind = 'create' | 'credit' | 'debit' | 'transfer' | 'place' | 'capture' | 'void' | 'expire';
/** Commands that were acknowledged. `expire` counts the holds that nobody ends. */
export type YearCounts = Readonly<Record<Kind, number>>;

interface Command {
  readonly kind: Kind;
  readonly key: string;
  readonly path: string;
  readonly body: string;
}

interface Answered extends Command {
  readonly status: number;
  readonly text: string;
}

export interface Traffic {
  /** Sends a day's turns: a command, or a hold with its end. */
  readonly day: (number: number, turns: number) => Promise<void>;
  readonly counts: () => YearCounts;
  readonly repeated: () => number;
  readonly close: () => Promise<void>;
}

/** `say` gets a sentence for each repeated command that was answered differently. */
export function startTraffic(url: string, random: Random, say: (wrong: string) => void): Traffic {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: answerWithinMs });
  const counts: Record<Kind, number> = {
    ...{ create: 0, credit: 0, debit: 0, transfer: 0, place: 0, capture: 0, void: 0, expire: 0 },
  };
  const toRepeat = new Map<number, Answered[]>();
  let wallets = 0;
  let repeated = 0;

  async function send(command: Command): Promise<Answered> {
    const { statusCode, body } = await pool.request({
      ...{ method: 'POST', path: command.path, body: command.body },
      headers: {
        ...harnessKey.headers,
        'content-type': 'application/json',
        'idempotency-key': command.key,
      },
    });
    const text = await body.text();
    if (statusCode >= 300)
      throw new Error(`${command.kind} ${command.path} was answered with ${statusCode}: ${text}`);
    return { ...command, status: statusCode, text };
  }

  async function repeat(day: number): Promise<void> {
    for (const before of toRepeat.get(day - repeatedAfterDays) ?? []) {
      const { status, text } = await send(before);
      repeated += 1;
      if (status === before.status && text === before.text) continue;
      say(`${before.key} was answered ${status} ${text} on day ${day}, and ${before.status} ${before.text}`);
    }
    toRepeat.delete(day - repeatedAfterDays);
  }

  /** One command, or a hold with its end. */
  async function turn(key: string, kept: Answered[]): Promise<void> {
    const steps = stepsOf(random, key, wallets);
    for (const step of steps) {
      const answered = await send(step);
      counts[step.kind] += 1;
      if (kept.length < repeatedOfDay) kept.push(answered);
    }
    if (steps.length === 1 && steps[0]?.kind === 'place') counts.expire += 1;
  }

  return {
    day: async (day, wanted) => {
      const created = wallets === 0 ? walletsAtFirst : walletsOfDay;
      for (let made = 0; made < created; made += 1) {
        const walletId = `year-${wallets + made}`;
        const body = `{"walletId":"${walletId}","ownerId":"owner-${(wallets + made) % 100}","initialBalance":100000.00}`;
        await send({ kind: 'create', key: `create-${walletId}`, path: '/wallets', body });
        counts.create += 1;
      }
      wallets += created;
      await repeat(day);
      const kept: Answered[] = [];
      toRepeat.set(day, kept);
      let turns = 0;
      const play = async () => {
        while (turns < wanted) {
          turns += 1;
          await turn(`d${day}-${turns}`, kept);
        }
      };
      await Promise.all(Array.from({ length: connections }, play));
    },
    counts: () => ({ ...counts }),
    repeated: () => repeated,
    close: () => pool.close(),
  };
}

/** Of a hundred turns 40 credit, 30 debit, 20 transfer and 10 hold. */
function stepsOf(random: Random, key: string, wallets: number): readonly Command[] {
  const from = whole(random, wallets);
  const path = `/wallets/year-${from}`;
  const body = '{"amount":"1.00","description":"a year"}';
  const chosen = whole(random, 100);
  if (chosen < 40) return [{ kind: 'credit', key, path: `${path}/credit`, body }];
  if (chosen < 70) return [{ kind: 'debit', key, path: `${path}/debit`, body }];
  if (chosen < 90) {
    const to = (from + 1 + whole(random, wallets - 1)) % wallets;
    return [
      {
        ...{ kind: 'transfer', key, path: `${path}/transfer` },
        body: `{"toWalletId":"year-${to}","amount":"1.00"}`,
      },
    ];
  }
  const holds = `${path}/holds`;
  const place: Command = {
    ...{ kind: 'place', key, path: holds },
    body: `{"holdId":"${key}","amount":"1.00","expiresInSeconds":${2 * dayS}}`,
  };
  if (chosen < 96) return [place, end('capture', key, holds)];
  return chosen < 98 ? [place, end('void', key, holds)] : [place];
}

function end(kind: 'capture' | 'void', key: string, holds: string): Command {
  return { kind, key: `${key}-${kind}`, path: `${holds}/${key}/${kind}`, body: '{}' };
}
