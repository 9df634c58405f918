// The schemas of the events in a wallet's history, one for each type.
import { reversalReasons } from '../../domain/reversal.ts';
import { idSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema, movementIdSchema } from '../openApi/answerSchemas.ts';
import { alertRuleSchema } from '../alerts/alertSchemas.ts';
import { ruleSchema } from '../velocity/velocitySchemas.ts';
import { freezeSchema } from './walletCommandOperations.ts';

/** What every row of a history has. */
const rowMembers = {
  position: z.int().min(1),
  version: z.int().min(1),
  movementId: movementIdSchema,
  occurredAt: z.iso.datetime(),
};
/** The members that every event of a history has. */
export const eventMembers = {
  ...rowMembers,
  balance: moneySchema,
  held: moneySchema.openapi({ description: 'What open holds set aside of the balance after it.' }),
  status: z.enum(['active', 'frozen', 'closed']),
  currency: currencySchema,
  alerts: z
    .array(alertRuleSchema)
    .optional()
    .openapi({ description: 'The alert rules that it made true. Absent if it made none true.' }),
};
const movedMembers = { ...eventMembers, amount: moneySchema, description: z.string() };

const holdMembers = { ...movedMembers, holdId: idSchema };
const reversedMembers = {
  ...movedMembers,
  reason: z.enum(reversalReasons),
  originalMovementId: movementIdSchema,
  reversed: moneySchema.openapi({ description: 'All that has gone back of the original, with this.' }),
};
const wallet = idSchema.nullable();

const eventsOfHolds = [
  z
    .strictObject({
      type: z.literal('HoldPlaced'),
      ...{ ...holdMembers, expiresAt: z.iso.datetime(), toWalletId: wallet },
      metadata: z.record(z.string(), z.string()),
    })
    .openapi('HoldPlaced'),
  z
    .strictObject({
      type: z.literal('HoldCaptured'),
      ...{ ...holdMembers, captureId: z.string(), toWalletId: wallet },
      ...{ released: moneySchema, overcaptured: moneySchema },
    })
    .openapi('HoldCaptured'),
  z
    .strictObject({
      type: z.literal('HoldReleased'),
      ...holdMembers,
      reason: z.enum(['voided', 'expired', 'closed']),
    })
    .openapi('HoldReleased'),
  z
    .strictObject({
      type: z.literal('HoldAdjusted'),
      ...{ ...eventMembers, holdId: idSchema, expiresAt: z.iso.datetime() },
      amount: moneySchema.openapi({ description: 'What is held more than before; negative if less.' }),
    })
    .openapi('HoldAdjusted'),
] as const;

const eventsOfReversals = [
  z.strictObject({ type: z.literal('CreditReversed'), ...reversedMembers }).openapi('CreditReversed'),
  z.strictObject({ type: z.literal('DebitRefunded'), ...reversedMembers }).openapi('DebitRefunded'),
  z
    .strictObject({
      type: z.literal('TransferReturned'),
      ...{ ...reversedMembers, returnId: z.string(), toWalletId: idSchema },
    })
    .openapi('TransferReturned'),
  z
    .strictObject({
      type: z.literal('TransferReturnReceived'),
      ...{ ...reversedMembers, returnId: z.string(), fromWalletId: idSchema },
    })
    .openapi('TransferReturnReceived'),
] as const;

const eventsOfChanges = [
  z
    .strictObject({ type: z.literal('WalletFrozen'), ...eventMembers, freeze: freezeSchema })
    .openapi('WalletFrozen'),
  z
    .strictObject({
      type: z.literal('WalletUnfrozen'),
      ...{ ...eventMembers, cause: z.enum(['request', 'expired']), reason: z.string() },
    })
    .openapi('WalletUnfrozen'),
  z
    .strictObject({
      type: z.literal('WalletLimitsChanged'),
      ...{ ...eventMembers, minimumBalance: moneySchema, maximumBalance: moneySchema },
    })
    .openapi('WalletLimitsChanged'),
  z
    .strictObject({ type: z.literal('VelocityRulesChanged'), ...eventMembers, rules: z.array(ruleSchema) })
    .openapi('VelocityRulesChanged'),
  z
    .strictObject({ type: z.literal('AlertRulesChanged'), ...eventMembers, rules: z.array(alertRuleSchema) })
    .openapi('AlertRulesChanged'),
  z
    .strictObject({ type: z.literal('WalletClosed'), ...eventMembers, reason: z.string() })
    .openapi('WalletClosed'),
  z
    .strictObject({
      type: z.literal('WalletDetailsChanged'),
      ...{ ...eventMembers, metadata: z.record(z.string(), z.string()), labels: z.array(z.string()) },
    })
    .openapi('WalletDetailsChanged'),
] as const;

/** The type of an event tells which other members it has. */
export const eventSchema = z
  .discriminatedUnion('type', [
    z
      .strictObject({ type: z.literal('WalletCreated'), ...eventMembers, ownerId: idSchema })
      .openapi('WalletCreated'),
    z.strictObject({ type: z.literal('WalletCredited'), ...movedMembers }).openapi('WalletCredited'),
    z.strictObject({ type: z.literal('WalletDebited'), ...movedMembers }).openapi('WalletDebited'),
    z
      .strictObject({
        type: z.literal('TransferSent'),
        ...{ ...movedMembers, transferId: idSchema, toWalletId: idSchema },
      })
      .openapi('TransferSent'),
    z
      .strictObject({
        type: z.literal('TransferReceived'),
        ...{ ...movedMembers, transferId: idSchema, fromWalletId: idSchema },
      })
      .openapi('TransferReceived'),
    ...eventsOfHolds,
    ...eventsOfReversals,
    ...eventsOfChanges,
    z
      .strictObject({
        type: z.literal('Unreadable'),
        ...rowMembers,
        recordedType: z.string().openapi({ description: "The event's type in the log." }),
        reason: z.string().openapi({ description: 'Why this release cannot read the event.' }),
      })
      .openapi('Unreadable', {
        description:
          'The place of an event that this release cannot read. A newer release wrote it, or its row is damaged. Its amounts are not known.',
      }),
  ])
  .openapi('Event', {
    description:
      'The type tells which members the event has. A later release may add a type: leave an unknown one aside, and do not refuse the page.',
  });
