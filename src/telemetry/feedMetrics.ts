// The metrics of the event feed in the API process: its readers, what they get, and how late.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Counts the readers of the event feed and what they get. */
export interface FeedMetrics {
  readonly opened: (kind: string) => void;
  readonly closed: (kind: string) => void;
  readonly sent: (events: number) => void;
  readonly ended: (reason: string) => void;
  /** The oldest event of a pass reached the readers this long after its own time. */
  readonly passed: (seconds: number) => void;
  /** A pass of the loop worked. */
  readonly worked: () => void;
  readonly failed: () => void;
}

export interface FeedNames {
  readonly kinds: readonly string[];
  readonly ends: readonly string[];
}

/** From a commit that wakes the loop at once, to a poll that comes late. */
const lagBucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createFeedMetrics(registers: Registry[], { kinds, ends: reasons }: FeedNames): FeedMetrics {
  const readers = new Gauge({
    name: 'wallet_event_readers',
    help: `Readers of the event feed in this process, by kind: ${kinds.join(', ')}.`,
    labelNames: ['kind'],
    registers,
  });
  const sent = new Counter({
    name: 'wallet_events_sent_total',
    help: 'Events that this process gave to readers of the feed.',
    registers,
  });
  const ends = new Counter({
    name: 'wallet_event_streams_ended_total',
    help: `Streams of events that ended, by reason: ${reasons.join(', ')}.`,
    labelNames: ['reason'],
    registers,
  });
  const lag = new Histogram({
    name: 'wallet_event_feed_lag_seconds',
    help: 'Age of the oldest event of a pass when the readers at the end of the log got it.',
    buckets: lagBucketsS,
    registers,
  });
  const failures = new Counter({
    name: 'wallet_event_feed_failures_total',
    help: 'Passes over the end of the log that failed. Each is tried again.',
    registers,
  });
  const workedAt = new Gauge({
    name: 'wallet_event_feed_last_pass_timestamp_seconds',
    help: 'When the end of the log was last read. It stands still while nobody reads the feed.',
    registers,
  });
  for (const kind of kinds) readers.set({ kind }, 0);
  for (const reason of reasons) ends.inc({ reason }, 0);
  return {
    opened: (kind) => {
      readers.inc({ kind });
    },
    closed: (kind) => {
      readers.dec({ kind });
    },
    sent: (events) => {
      sent.inc(events);
    },
    ended: (reason) => {
      ends.inc({ reason });
    },
    passed: (seconds) => {
      lag.observe(seconds);
    },
    worked: () => {
      workedAt.setToCurrentTime();
    },
    failed: () => {
      failures.inc();
    },
  };
}
