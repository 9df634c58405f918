// GET /commands/:id answers the outcome of a command. The id of a command is in the Command-Id header of its
// answer, and in the problem OUTCOME_UNKNOWN.
import type { App } from '../context.ts';
import { isAccepted, type RecordedOutcome } from '../../eventStore/recordRows.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import { readRecords } from '../../eventStore/read/readRecord.ts';
import { ProblemError } from '../http/problems.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import { bareId } from '../../domain/tenant.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { movementIdSchema } from '../openApi/answerSchemas.ts';
import {
  exampleChanged,
  exampleChangedAt,
  exampleCommandId,
  exampleWalletId,
} from '../openApi/exampleStory.ts';
import { addOperation, type Operation, readCodes } from '../openApi/operation.ts';
import type { CommandIdCover } from './commandIdCover.ts';
import type { RecentVersions } from './recentVersions.ts';
import { answerOf, movementIn, tenantOfRecord, versionsIn } from './walletAnswer.ts';

const commandIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .openapi({ type: 'string', format: 'uuid' });

export const getCommand = {
  id: 'getCommand',
  tag: 'Wallets',
  method: 'get',
  path: '/commands/{commandId}',
  scope: 'wallets:read',
  summary: 'Ask what became of a command',
  params: z.object({ commandId: commandIdSchema }),
  description:
    'The stored answer, or the outcome "unknown" if none is stored: the command was not committed, is still under way, or was refused without an Idempotency-Key.',
  answer: z
    .strictObject({
      commandId: z.guid(),
      outcome: z.enum(['committed', 'refused', 'unknown']),
      movementId: movementIdSchema.optional(),
      recordedAt: z.iso.datetime().optional(),
      status: z.int().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional().openapi({ description: 'The stored answer.' }),
    })
    .openapi('CommandOutcome'),
  codes: [...readCodes, 'VALIDATION_FAILED'],
  example: {
    params: { commandId: exampleCommandId },
    answer: {
      commandId: exampleCommandId,
      outcome: 'committed',
      movementId: `${exampleWalletId}@2`,
      recordedAt: exampleChangedAt,
      status: 200,
      headers: { etag: '"2"', 'content-type': 'application/json' },
      body: exampleChanged('150.50', 2),
    },
  },
} as const satisfies Operation;

export interface CommandOutcomeDeps {
  readonly reads: TenantReads;
  readonly recentVersions: RecentVersions;
  readonly commandIdCover: CommandIdCover;
}

export function addCommandOutcomeRoutes(app: App, deps: CommandOutcomeDeps): void {
  addOperation(app, getCommand, async (c) => {
    const given = commandIdSchema.safeParse(c.req.param('commandId'));
    if (!given.success) {
      const errors = [{ parameter: 'commandId', detail: 'must be a UUID' }];
      throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'The command id is not one.', errors });
    }
    const commandId = given.data.toLowerCase();
    const found = await readRecords(deps.reads(callerTenant(c)), deps.commandIdCover.inside(commandId));
    const record = found.find(
      (one) => tenantOfRecord(one.outcome) === callerTenant(c) && deps.commandIdCover.mayName(commandId, one),
    );
    if (record === undefined) return respondRead(c, { commandId, outcome: 'unknown' });
    const isCommitted = isAccepted(record.outcome);
    if (isCommitted)
      for (const { id, version } of versionsIn(record.outcome)) deps.recentVersions.acknowledge(id, version);
    // A refused command of a workflow has no recorded body, so its answer is made for this request.
    const { status, headers, body: recorded } = answerOf(record.outcome, c.get('requestId'));
    const members = JSON.stringify({
      commandId,
      outcome: isCommitted ? 'committed' : 'refused',
      movementId: isCommitted ? movementIdIn(record.outcome) : undefined,
      recordedAt: record.recordedAt.toISOString(),
      status,
      headers,
    });
    // The body is JSON text and is sent as it is: parsing it would lose its exact numbers.
    const body = `${members.slice(0, -1)},"body":${recorded}}`;
    return respondRead(c, body);
  });
}

function movementIdIn(outcome: RecordedOutcome): string | undefined {
  const movement = movementIn(outcome);
  return movement && movementIdOf(bareId(movement.walletId), movement.version);
}
