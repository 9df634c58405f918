// POST /admin/health/dismissals keeps that an operator has settled a failure of the past, so that the health
// model tells it no more. A condition of the present can't be dismissed, because it ends with its cause.
import type { Pool } from 'pg';
import { conditions } from '../../health/conditions/conditions.ts';
import { addDismissal, type Dismissal, findDismissal } from '../../health/dismissals.ts';
import type { Health } from '../../health/health.ts';
import { judgeWithDismissed } from '../../health/judge.ts';
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import type { App } from '../context.ts';
import { ProblemError } from '../http/problems.ts';
import { readBody } from '../http/request.ts';
import { respondJson } from '../http/respond.ts';
import { textSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleRequestId } from '../openApi/exampleStory.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';
import { reasonSchema } from './projectionOperations.ts';

const names = conditions.map(({ name }) => name);
const dismissible = conditions.filter(({ tellsPast }) => tellsPast === true).map(({ name }) => name);
const occurrenceLengthMax = 200;

const dismissalExample = {
  condition: 'recovery-failed',
  occurrence: '0199a7c2-5f3e-7d10-8a44-2b6c9e1f0d35',
  reason: 'the disk was full, and the rebuild ran under another id',
};

export const dismissHealth = {
  id: 'dismissHealth',
  tag: 'Projections',
  method: 'post',
  audited: { members: ['condition', 'occurrence'], reason: 'reason' },
  path: '/admin/health/dismissals',
  scope: 'admin:operate',
  summary: 'Dismiss a failure of the past',
  note: `Names a condition and its occurrence as GET /admin/health shows them. Only ${dismissible.join(' and ')} tell the past. A later failure has another occurrence and is told again. A repeat answers what was kept first.`,
  body: z
    .strictObject({
      condition: z.enum(names),
      occurrence: textSchema(z.string().min(1), occurrenceLengthMax),
      reason: reasonSchema,
    })
    .openapi('DismissHealth'),
  description: 'The dismissal that is kept.',
  answer: z
    .strictObject({
      condition: z.string(),
      occurrence: z.string(),
      reason: z.string(),
      requestId: z.string().openapi({ description: 'The request that dismissed it.' }),
      dismissedAt: z.iso.datetime(),
    })
    .openapi('Dismissal'),
  codes: [
    'VALIDATION_FAILED',
    'OCCURRENCE_NOT_FOUND',
    'CONDITION_NOT_DISMISSIBLE',
    'DATABASE_UNAVAILABLE',
    'TEMPORAL_UNAVAILABLE',
  ],
  example: {
    body: dismissalExample,
    answer: { ...dismissalExample, requestId: exampleRequestId, dismissedAt: exampleChangedAt },
  },
} as const satisfies Operation;

interface DismissalRouteDeps {
  readonly pool: Pool;
  readonly health: Health;
}

export function addDismissalRoutes(app: App, { pool, health }: DismissalRouteDeps): void {
  addOperation(app, dismissHealth, async (c) => {
    const asked = await readBody(c, dismissHealth.body);
    assertTellsPast(asked.condition);
    const kept = await findDismissal(pool, asked);
    if (kept !== undefined) return respondJson(toAnswer(kept), c);
    await assertHappened(health, asked);
    const dismissal = await addDismissal(pool, { ...asked, requestId: c.get('requestId') });
    health.renew();
    return respondJson(toAnswer(dismissal), c);
  });
}

function assertTellsPast(condition: string): void {
  if (dismissible.includes(condition)) return;
  throw new ProblemError({
    code: 'CONDITION_NOT_DISMISSIBLE',
    detail: `The condition ${condition} tells what is so now and ends with its cause. Only these can be dismissed: ${dismissible.join(', ')}.`,
  });
}

/** A wrong id would be kept without any effect, so it is refused. */
async function assertHappened(
  health: Health,
  { condition, occurrence }: Pick<Dismissal, 'condition' | 'occurrence'>,
): Promise<void> {
  const { facts } = await health.report();
  if (!facts.temporal.answered) throw new TemporalUnavailableError(facts.temporal.reason);
  const found = judgeWithDismissed(facts, conditions);
  if (found.some((one) => one.name === condition && one.occurrence === occurrence)) return;
  throw new ProblemError({
    code: 'OCCURRENCE_NOT_FOUND',
    detail: `The condition ${condition} does not tell of the occurrence "${occurrence}"; GET /admin/health shows the occurrences.`,
  });
}

function toAnswer({ dismissedAt, ...dismissal }: Dismissal): z.infer<typeof dismissHealth.answer> {
  return { ...dismissal, dismissedAt: dismissedAt.toISOString() };
}
