// The ways in which PostgreSQL can be unwell.
import type { Condition } from '../condition.ts';
import { when, whenAway } from './answered.ts';

/** Fewer may be a connection that broke. */
const failedCommitsMin = 3;

/** The schedule comes every hour. A dump may keep a generation from being dropped for some hours. */
const generationOverdueMaxS = 12 * 3_600;

export const postgresConditions: readonly Condition[] = [
  {
    name: 'postgres-away',
    part: 'postgres',
    severity: 'critical',
    title: 'PostgreSQL does not answer',
    stopsOperations: true,
    check: whenAway('postgres', 'Bring PostgreSQL back, or see DATABASE_URL: until then operations get 503.'),
  },
  {
    name: 'postgres-refuses-writes',
    part: 'postgres',
    severity: 'critical',
    title: 'PostgreSQL answers and refuses to write',
    stopsOperations: true,
    check: when('postgres', ({ refusal, isStandby, unfit }) =>
      refusal === null
        ? undefined
        : {
            problem: `PostgreSQL refuses every operation: ${refusal}.`,
            advice: isStandby
              ? 'DATABASE_URL leads to a standby: point it at the primary, or promote this server.'
              : unfit.length === 0
                ? 'Give the role of DATABASE_URL its rights back, or end the read-only state.'
                : `Repair what is wrong with the server: ${unfit.join('; ')}.`,
          },
    ),
  },
  {
    name: 'postgres-unfit',
    part: 'postgres',
    severity: 'critical',
    title: 'PostgreSQL does not keep what the service promises',
    stopsOperations: true,
    check: when('postgres', ({ refusal, unfit }) =>
      refusal !== null || unfit.length === 0
        ? undefined
        : {
            problem: `PostgreSQL is not fit for use: ${unfit.join('; ')}.`,
            advice: 'Set what the sentence names. New sessions are refused until then.',
          },
    ),
  },
  {
    name: 'events-unprotected',
    part: 'events',
    severity: 'warning',
    title: 'The role of the service could change events',
    check: when('postgres', ({ mayChangeEvents }) =>
      mayChangeEvents
        ? {
            problem:
              'The role of DATABASE_URL owns the events or may change them, so only a trigger protects them.',
            advice:
              'Make a role with less rights for DATABASE_URL, and name the owner in DATABASE_MIGRATION_URL: docs/deployment.md says how.',
          }
        : undefined,
    ),
  },
  {
    name: 'tenants-unwalled',
    part: 'events',
    severity: 'warning',
    title: 'PostgreSQL hides no rows of other tenants',
    check: when('postgres', ({ wallGap }) =>
      wallGap === null
        ? undefined
        : {
            problem: `Only the statements of the API keep tenants apart: ${wallGap}.`,
            advice:
              'Make a role for reads, name it in DATABASE_READ_ROLE, and migrate once more: docs/deployment.md says how.',
          },
    ),
  },
  {
    name: 'commits-fail',
    part: 'postgres',
    severity: 'critical',
    title: 'PostgreSQL answers, and operations fail',
    check: when('postgres', ({ refusal }, { process: { commitsFailed } }) =>
      refusal !== null || commitsFailed === null || commitsFailed.count < failedCommitsMin
        ? undefined
        : {
            problem: `The last ${commitsFailed.count} attempts of this process to commit failed: ${commitsFailed.reason}.`,
            advice: 'Repair what PostgreSQL names, such as a full disk. The next commit ends this finding.',
          },
    ),
  },
  {
    name: 'prune-refused',
    part: 'recoveries',
    severity: 'warning',
    title: 'A prune is refused, because a clock may have jumped',
    check: when('postgres', ({ refusedPrunes }) =>
      refusedPrunes.map(({ subject, refusal, since }) => ({
        subject,
        problem: `${refusal}.`,
        advice: 'Compare the clocks. Confirm the prune only if they are right: docs/operations.md says how.',
        since,
      })),
    ),
  },
  {
    name: 'generations-overdue',
    part: 'recoveries',
    severity: 'warning',
    title: 'Idempotency records were not put into a new generation, or not dropped',
    check: when('postgres', ({ generationOverdueS }) =>
      generationOverdueS <= generationOverdueMaxS
        ? undefined
        : {
            problem: `A generation of idempotency records should have ended or been dropped ${Math.floor(generationOverdueS / 3_600)} hours ago. Their table grows.`,
            advice:
              'Look at the last runs of prune-outbox, and for a session that holds idempotency_keys: docs/operations.md says how.',
            command: 'wallet recovery list',
          },
    ),
  },
];
