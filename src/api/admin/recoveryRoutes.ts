// Recoveries over HTTP: an operator starts one, follows its progress, and pauses, resumes or cancels it.
// Temporal runs them. While Temporal does not answer, these routes answer TEMPORAL_UNAVAILABLE.
import type { App, AppContext } from '../context.ts';
import type { Recoveries, RecoveryDetails, Steering, SteerOutcome } from '../../temporal/recoveries.ts';
import type { RecoveryPage } from '../../temporal/listRecoveries.ts';
import { type RecoveryKind, recoveryKinds } from '../../workflows/recovery/recoveryKinds.ts';
import { cursorAfter, type List, readCursor, unknownCursor } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { recoverySchemas } from './recoverySchemas.ts';
import { readBodyOrNone, readParam, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  cancelRecovery,
  getRecovery,
  listRecoveries,
  pauseRecovery,
  resumeRecovery,
  startRecovery,
} from './recoveryOperations.ts';

export interface RecoveryRouteDeps {
  readonly recoveries: Recoveries;
}

export function addRecoveryRoutes(app: App, { recoveries }: RecoveryRouteDeps): void {
  addOperation(app, startRecovery, async (c) => {
    const kind = readKind(c);
    const argument = await readBodyOrNone(c, recoverySchemas[kind]);
    const outcome = await recoveries.start(kind, argument);
    if (outcome.kind === 'running') {
      const { workflowId, progress, url } = outcome.details;
      throw new ProblemError({
        code: 'RECOVERY_RUNNING',
        detail: `${workflowId} runs already; its progress is at /admin/recovery/${workflowId} and ${url}.`,
        workflowId,
        ...(progress === null ? {} : { progress }),
      });
    }
    if (outcome.kind === 'held') throw idHeld(outcome);
    const { run, command } = outcome;
    const location = `/admin/recovery/${encodeURIComponent(run.workflowId)}`;
    return respondJson({ type: kind, argument, ...run, command }, c, { location }, 202);
  });

  addOperation(app, listRecoveries, async (c) => {
    const { limit, cursor } = readQuery(c, listRecoveries.query);
    const page = await recoveries.list({ limit, token: readCursor(cursor, listOfRecoveries, tokenKey) });
    if (page === undefined) throw unknownCursor();
    return respondRead(c, { recoveries: page.runs, nextCursor: cursorOfRecoveries(page) });
  });

  addOperation(app, getRecovery, async (c) => {
    const workflowId = readParam(c, 'workflowId');
    const details = await recoveries.read(workflowId);
    if (details === undefined) throw recoveryNotFound(workflowId);
    return respondRead(c, details satisfies RecoveryDetails);
  });

  for (const [operation, steering] of [
    [pauseRecovery, 'pause'],
    [resumeRecovery, 'resume'],
    [cancelRecovery, 'cancel'],
  ] as const) {
    addOperation(app, operation, async (c) => {
      const workflowId = readParam(c, 'workflowId');
      const outcome = await recoveries.steer(workflowId, steering);
      return answerSteering(c, workflowId, steering, outcome);
    });
  }
}

const listOfRecoveries: List = { name: listRecoveries.id, asked: {} };

/** Temporal's token of a page, in base64url. */
const tokenKey = z.string().regex(/^[\w-]{1,4096}$/);

export function cursorOfRecoveries({ nextToken }: RecoveryPage): string | null {
  return nextToken === null ? null : cursorAfter(listOfRecoveries, nextToken);
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
      // The workflow has answered a pause or a resume. A cancellation is only requested.
      return respondJson({ workflowId, progress }, c, {}, steering === 'cancel' ? 202 : 200);
    }
    case 'ended':
      throw new ProblemError({
        code: 'RECOVERY_ENDED',
        detail: `${workflowId} is ${outcome.state}: there is nothing to ${steering}.`,
        workflowId,
      });
    case 'held':
      throw idHeld(outcome);
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

function idHeld({ workflowId, problem }: { workflowId: string; problem: string }): ProblemError {
  return new ProblemError({ code: 'RECOVERY_ID_HELD', detail: problem, workflowId });
}

function recoveryNotFound(workflowId: string): ProblemError {
  return new ProblemError({
    code: 'RECOVERY_NOT_FOUND',
    detail: `There is no recovery "${workflowId}"; GET /admin/recovery lists what there is.`,
    workflowId,
  });
}
