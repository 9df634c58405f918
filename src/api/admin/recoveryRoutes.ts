// Starting, watching and steering recoveries over HTTP. Temporal runs them; while it is away these routes say so, and
// everything else goes on.
import { z } from 'zod';
import type { App, AppContext } from '../context.ts';
import type {
  Recoveries,
  RecoveryDetails,
  RecoveryListItem,
  Steering,
  SteerOutcome,
} from '../../temporal/recoveries.ts';
import { type RecoveryKind, recoveryKinds } from '../../workflows/recovery/recoveryKinds.ts';
import { ProblemError } from '../http/problems.ts';
import { recoverySchemas } from './recoverySchemas.ts';
import { readBodyOrNone, readQuery } from '../http/request.ts';
import { respondJson } from '../http/respond.ts';
import { pageSizeSchema } from '../http/schemas.ts';
import { whileTemporalAnswers } from './temporalProblem.ts';

export interface RecoveryRouteDeps {
  readonly recoveries: Recoveries;
}

/** Runs on one list: Temporal's visibility is asked once, for a page of this size at most. */
const runsMax = 100;
const listSchema = z.strictObject({ limit: pageSizeSchema(runsMax) });

export function addRecoveryRoutes(app: App, { recoveries }: RecoveryRouteDeps): void {
  app.post('/admin/recovery/:type', async (c) => {
    const kind = readKind(c);
    const argument = await readBodyOrNone(c, recoverySchemas[kind]);
    const outcome = await whileTemporalAnswers(() => recoveries.start(kind, argument as never));
    if (outcome.kind === 'running') {
      const { workflowId, progress, url } = outcome.details;
      throw new ProblemError({
        code: 'RECOVERY_RUNNING',
        detail: `${workflowId} runs already; its progress is at /admin/recovery/${workflowId} and ${url}.`,
        workflowId,
        ...(progress === null ? {} : { progress }),
      });
    }
    const { run, command } = outcome;
    const location = `/admin/recovery/${encodeURIComponent(run.workflowId)}`;
    return respondJson({ type: kind, argument, ...run, command }, c.get('requestId'), { location }, 202);
  });

  app.get('/admin/recovery', async (c) => {
    const { limit } = readQuery(c, listSchema);
    const runs: readonly RecoveryListItem[] = await whileTemporalAnswers(() => recoveries.list(limit));
    return respondJson({ recoveries: runs }, c.get('requestId'));
  });

  app.get('/admin/recovery/:workflowId', async (c) => {
    const workflowId = c.req.param('workflowId');
    const details = await whileTemporalAnswers(() => recoveries.read(workflowId));
    if (details === undefined) throw recoveryNotFound(workflowId);
    return respondJson(details satisfies RecoveryDetails, c.get('requestId'));
  });

  for (const steering of ['pause', 'resume', 'cancel'] as const) {
    app.post(`/admin/recovery/:workflowId/${steering}`, async (c) => {
      const workflowId = c.req.param('workflowId');
      const outcome = await whileTemporalAnswers(() => recoveries.steer(workflowId, steering));
      return answerSteering(c, workflowId, steering, outcome);
    });
  }
}

function answerSteering(
  c: AppContext,
  workflowId: string,
  steering: Steering,
  outcome: SteerOutcome,
): Response {
  switch (outcome.kind) {
    case 'done': {
      const { progress } = outcome;
      // A pause and a resume were answered by the workflow; a cancellation is on its way.
      return respondJson({ workflowId, progress }, c.get('requestId'), {}, steering === 'cancel' ? 202 : 200);
    }
    case 'ended':
      throw new ProblemError({
        code: 'RECOVERY_ENDED',
        detail: `${workflowId} is ${outcome.state}: there is nothing to ${steering}.`,
        workflowId,
      });
    case 'absent':
      throw recoveryNotFound(workflowId);
    default:
      return outcome satisfies never;
  }
}

function readKind(c: AppContext): RecoveryKind {
  const type = c.req.param('type') ?? '';
  if (isKind(type)) return type;
  throw new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `There is no recovery "${type}".`,
    errors: [{ parameter: 'type', detail: `must be one of ${Object.keys(recoveryKinds).join(', ')}` }],
  });
}

function isKind(type: string): type is RecoveryKind {
  return Object.hasOwn(recoveryKinds, type);
}

function recoveryNotFound(workflowId: string): ProblemError {
  return new ProblemError({
    code: 'RECOVERY_NOT_FOUND',
    detail: `There is no recovery "${workflowId}"; GET /admin/recovery lists what there is.`,
    workflowId,
  });
}
