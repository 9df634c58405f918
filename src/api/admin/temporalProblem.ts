// What every route that asks Temporal answers while Temporal, or a worker behind it, is away.
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import { ProblemError } from '../http/problems.ts';

/** Temporal's silence as a problem. Whether what was asked for happens after all is not known then. */
export async function whileTemporalAnswers<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    throw new ProblemError({ code: 'TEMPORAL_UNAVAILABLE', detail: error.message });
  }
}
