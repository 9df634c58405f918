// Reads how long a receiver asks to be left alone. Pure.

/** A receiver must not stop its own deliveries for longer. */
const retryAfterMaxMs = 24 * 60 * 60 * 1_000;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const httpDate = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Milliseconds, or undefined if the header is absent or can't be read. */
export function retryAfterMsOf(headers: Headers, nowMs: number): number | undefined {
  const { 'retry-after': given, date } = headers;
  if (typeof given !== 'string') return undefined;
  const ms = /^\d{1,12}$/.test(given) ? Number(given) * 1_000 : untilDate(given, date, nowMs);
  return ms === undefined ? undefined : Math.min(Math.max(ms, 0), retryAfterMaxMs);
}

/** A date counts from the date of the same answer, so that a wrong clock on either side changes nothing. */
function untilDate(given: string, date: Headers[string], nowMs: number): number | undefined {
  if (!httpDate.test(given)) return undefined;
  const from = typeof date === 'string' && httpDate.test(date) ? Date.parse(date) : nowMs;
  const ms = Date.parse(given) - from;
  return Number.isNaN(ms) ? undefined : ms;
}
