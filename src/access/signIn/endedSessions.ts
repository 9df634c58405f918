// Knows the sessions that ended before their time. A row in PostgreSQL tells it to every process. A session
// is looked up at most twice a second, so its end counts everywhere within half a second.
//
// Invariant: no end can be written while PostgreSQL is away. So what was known before still holds then, and
// an operator can watch an outage. A process that has not asked for a quarter of an hour believes no
// session.
import type { Pool } from 'pg';
import { isDatabaseUnavailable } from '../../eventStore/databaseFailure.ts';

interface SessionName {
  readonly actor: string;
  readonly id: string;
  /** By the clock of PostgreSQL. */
  readonly beganAtMs: number;
}

export interface EndedSessions {
  /** Rejects if PostgreSQL does not answer and the session was not asked for lately. */
  readonly has: (session: SessionName) => Promise<boolean>;
  readonly end: (session: SessionName) => Promise<void>;
  /** Ends every session of the actor that began until now. */
  readonly endAllOf: (actor: string) => Promise<void>;
  /** Milliseconds since the epoch, by the clock with which ends are compared. */
  readonly clock: () => Promise<number>;
}

const askedAgainMs = 500;
const believedMs = 900_000;
/** More people than use the console. Beyond that, the one that was asked for the longest ago is forgotten. */
const rememberedMax = 1_000;
/** Longer than any session. */
const keptHours = 24;
/** The id of a row that ends every session of its actor. */
const everySession = '';

interface Verdict {
  readonly ended: Promise<boolean>;
  readonly askedAtMs: number;
}

export function createEndedSessions(pool: Pick<Pool, 'query'>, monotonicMs: () => number): EndedSessions {
  const verdicts = new Map<string, Verdict>();
  const remember = (key: string, verdict: Verdict) => {
    verdicts.delete(key);
    verdicts.set(key, verdict);
    const oldest = verdicts.size > rememberedMax ? verdicts.keys().next().value : undefined;
    if (oldest !== undefined) verdicts.delete(oldest);
  };
  return {
    has: async (session) => {
      const key = `${session.id} ${session.actor}`;
      const known = verdicts.get(key);
      const nowMs = monotonicMs();
      if (known !== undefined && nowMs - known.askedAtMs < askedAgainMs) return known.ended;
      const asked = { ended: isEnded(pool, session), askedAtMs: nowMs };
      // Requests at the same time share the answer.
      remember(key, asked);
      try {
        return await asked.ended;
      } catch (error) {
        if (verdicts.get(key) === asked) verdicts.delete(key);
        if (known === undefined || !isDatabaseUnavailable(error) || nowMs - known.askedAtMs > believedMs)
          throw error;
        if (!verdicts.has(key)) remember(key, known);
        return known.ended;
      }
    },
    end: async ({ actor, id }) => {
      await addEnd(pool, actor, id);
      verdicts.clear();
    },
    endAllOf: async (actor) => {
      await addEnd(pool, actor, everySession);
      verdicts.clear();
    },
    clock: () => readClock(pool),
  };
}

async function isEnded(pool: Pick<Pool, 'query'>, { actor, id, beganAtMs }: SessionName): Promise<boolean> {
  const { rows } = await pool.query<{ readonly ended: boolean }>({
    name: 'find-ended-session',
    text: `
      select exists (
        select
          from ended_sessions
         where actor = $1::text
           and (session_id = $2::text
                or session_id = $4::text and ended_at >= to_timestamp($3::bigint / 1000.0))
      ) as ended`,
    values: [actor, id, Math.floor(beganAtMs), everySession],
  });
  return rows[0]?.ended ?? true;
}

async function addEnd(pool: Pick<Pool, 'query'>, actor: string, id: string): Promise<void> {
  await pool.query({
    name: 'add-ended-session',
    text: `
      with pruned as (
        delete from ended_sessions
         where ended_at < clock_timestamp() - make_interval(hours => $3::integer)
           and (actor, session_id) <> ($1::text, $2::text)
      )
      insert into ended_sessions (actor, session_id)
      values ($1::text, $2::text)
          on conflict (actor, session_id) do update
         set ended_at = excluded.ended_at`,
    values: [actor, id, keptHours],
  });
}

async function readClock(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ readonly now: Date }>({
    name: 'read-session-clock',
    text: 'select clock_timestamp() as now',
  });
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL does not tell the time');
  return row.now.getTime();
}
