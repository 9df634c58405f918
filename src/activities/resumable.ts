// What the activities of rebuild and verification share: heartbeats that carry how far they came, a stop that returns
// instead of failing when the worker shuts down, and failures in words.
import { activityInfo, Context } from '@temporalio/activity';
import { ElasticsearchUnavailableError } from '../projections/readModel/elasticsearch.ts';
import { inWords } from './heartbeats.ts';

const heartbeatIntervalMs = 1_000;
/** After this a part returns and the workflow goes on with the next: how long a pause takes to become effective. */
const partTimeMaxMs = 3_000;
/** Longest step that heartbeats speak for; one that takes longer hangs, and another attempt begins. */
const stepTimeMaxMs = 60_000;

export interface ResumableDeps {
  readonly stopping: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Runs `work`. `resume` is what the last attempt's heartbeat said, `progress` what the next one's will,
 * `stop` asks to return with what is done. Throws
 * ApplicationFailure in words, without a cause: its stack and requests would stand in Temporal's history.
 */
export async function runResumable<Progress, Result>(
  { stopping, now }: ResumableDeps,
  work: (run: {
    readonly resume: Progress | undefined;
    readonly stop: AbortSignal;
    readonly progress: (progress: Progress) => void;
  }) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const resume = activityInfo().heartbeatDetails as Progress | undefined;
  let details = resume;
  let stepEndedAt = now();
  const beat = () => {
    if (now() - stepEndedAt < stepTimeMaxMs) context.heartbeat(details);
  };
  const timer = setInterval(beat, heartbeatIntervalMs);
  beat();
  try {
    const result = await work({
      resume,
      stop: AbortSignal.any([stopping, cancellationSignal, AbortSignal.timeout(partTimeMaxMs)]),
      progress: (progress) => {
        details = progress;
        stepEndedAt = now();
        context.heartbeat(details);
      },
    });
    // Someone cancelled, paused or timed out this attempt: it has to end as what it is.
    if (cancellationSignal.aborted && !stopping.aborted) throw cancellationSignal.reason;
    return result;
  } catch (error) {
    throw error instanceof ElasticsearchUnavailableError
      ? inWords(error, 'ElasticsearchUnavailable')
      : inWords(error);
  } finally {
    clearInterval(timer);
  }
}
