// GET /admin/health answers what is wrong with the system as this process sees it, and what to do.
// GET /admin/parts answers the same for each part, with its version.
import type { App } from '../context.ts';
import { type Finding, healthParts, severities } from '../../health/condition.ts';
import type { Facts, Reading } from '../../health/facts.ts';
import type { Health, HealthReport } from '../../health/health.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const partNames = ['postgres', 'redis', 'elasticsearch', 'temporal', 'worker'] as const;

const partSchema = z
  .strictObject({
    part: z.enum(partNames),
    needed: z.boolean(),
    reachable: z.boolean(),
    version: z.string().nullable(),
    answeredInMs: z.int().min(0),
    problem: z.string().nullable(),
    advice: z.string().nullable(),
  })
  .openapi('Part');

const conditionSchema = z
  .strictObject({
    name: z.string(),
    part: z.enum(healthParts),
    severity: z.enum(severities),
    title: z.string(),
    subject: z.string(),
    problem: z.string(),
    advice: z.string(),
    command: z.string().nullable(),
    stopsOperations: z.boolean(),
    occurrence: z.string().nullable().openapi({
      description: 'Names what happened, so that it can be dismissed. Null if it tells what is so now.',
    }),
    since: z.iso.datetime(),
  })
  .openapi('Condition');

const listParts = {
  id: 'listParts',
  tag: 'Projections',
  method: 'get',
  path: '/admin/parts',
  scope: 'admin:read',
  summary: 'See whether each part of the system answers',
  description: 'Every part as this process sees it, what is wrong with it and what to do.',
  answer: z.strictObject({ parts: z.array(partSchema) }),
  codes: [],
  example: {
    answer: {
      parts: [
        {
          part: 'redis',
          needed: false,
          reachable: true,
          version: '6.2.14',
          answeredInMs: 1,
          problem: null,
          advice: null,
        },
      ],
    },
  },
} as const satisfies Operation;

const getHealth = {
  id: 'getHealth',
  tag: 'Projections',
  method: 'get',
  path: '/admin/health',
  scope: 'admin:read',
  summary: 'See what is wrong and what to do',
  note: 'A condition has a stable name. Its subject tells two of the same name apart, such as two projections.',
  description: 'Every condition that holds now, the most urgent first. None means that all is well.',
  answer: z.strictObject({
    status: z.enum(['ok', 'warning', 'critical']),
    checkedAt: z.iso.datetime(),
    conditions: z.array(conditionSchema),
  }),
  codes: [],
  example: {
    answer: {
      status: 'critical',
      checkedAt: '2026-01-31T12:00:30.000Z',
      conditions: [
        {
          name: 'schedule-paused',
          part: 'projections',
          severity: 'critical',
          title: 'A projection is paused',
          subject: 'drain-ledger',
          problem: 'ledger is paused: upgrade of the database.',
          advice: 'Resume it when the reason is gone.',
          command: 'wallet projections resume ledger',
          stopsOperations: false,
          occurrence: null,
          since: '2026-01-31T12:00:00.000Z',
        },
      ],
    },
  },
} as const satisfies Operation;

export const partOperations = [listParts, getHealth] as const;

type PartReport = z.infer<typeof partSchema>;

export interface PartRouteDeps {
  readonly health: Health;
}

export function addPartRoutes(app: App, { health }: PartRouteDeps): void {
  addOperation(app, listParts, async (c) => respondRead(c, { parts: partReports(await health.report()) }));
  addOperation(app, getHealth, async (c) => {
    const { status, atMs, findings } = await health.report();
    const checkedAt = new Date(atMs).toISOString();
    return respondRead(c, { status, checkedAt, conditions: findings.map(toCondition) });
  });
}

function toCondition(finding: Finding): z.infer<typeof conditionSchema> {
  return { ...finding, since: finding.since.toISOString() };
}

function partReports({ facts, findings }: HealthReport): readonly PartReport[] {
  return partNames.map((part) => {
    const reading = readingOf(part, facts);
    const found = findings.filter((one) => one.part === part);
    return {
      part,
      needed: part === 'postgres',
      reachable: reading.answered && found.every(({ name }) => !name.endsWith('-away')),
      version: versionOf(part, facts),
      answeredInMs: reading.answeredInMs,
      problem: inOne(found.map(({ problem }) => problem)),
      advice: inOne(found.map(({ advice }) => advice)),
    };
  });
}

/** Temporal answers for the workers. */
function readingOf(part: (typeof partNames)[number], facts: Facts): Reading<unknown> {
  return part === 'worker' ? facts.temporal : facts[part];
}

function versionOf(part: (typeof partNames)[number], facts: Facts): string | null {
  const { temporal } = facts;
  if (part === 'temporal') return temporal.answered ? temporal.value.serverVersion : null;
  if (part === 'worker')
    return temporal.answered && temporal.value.pollers.length > 0
      ? `${temporal.value.pollers.length} polling`
      : null;
  const reading = facts[part];
  return reading.answered ? reading.value.version : null;
}

function inOne(sentences: readonly string[]): string | null {
  return sentences.length === 0 ? null : sentences.join(' ');
}
