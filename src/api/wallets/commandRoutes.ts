// GET /commands/:id: what became of a command. Its id is in the Command-Id header of every answer and in the
// problem that says OUTCOME_UNKNOWN.
import type { Pool } from 'pg';
import type { App } from '../context.ts';
import { readAnswer } from '../../eventStore/read/readAnswer.ts';
import { ProblemError } from '../http/problems.ts';
import { respond, respondJson } from '../http/respond.ts';

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function addCommandRoutes(app: App, deps: { readonly pool: Pool }): void {
  app.get('/commands/:commandId', async (c) => {
    const commandId = c.req.param('commandId');
    if (!uuidPattern.test(commandId)) {
      const errors = [{ parameter: 'commandId', detail: 'must be a UUID' }];
      throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'The command id is not one.', errors });
    }
    const answer = await readAnswer(deps.pool, commandId);
    if (answer === undefined) return respondJson({ commandId, outcome: 'unknown' }, c.get('requestId'));
    const { status, headers, recordedAt } = answer;
    const outcome = status < 400 ? 'committed' : 'refused';
    const members = JSON.stringify({
      commandId,
      outcome,
      recordedAt: recordedAt.toISOString(),
      status,
      headers,
    });
    // The stored body is JSON text and goes out as it is: parsing it would cost its exact numbers.
    const body = `${members.slice(0, -1)},"body":${answer.body}}`;
    return respond(
      { status: 200, headers: { 'content-type': 'application/json' }, body },
      c.get('requestId'),
    );
  });
}
