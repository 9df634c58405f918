// Derives the HTTP schema of each recovery's argument from its description in recoveryKinds.ts. A missing
// field means its default. An unknown field is refused, so that a misspelt name never starts the wrong
// recovery.
import { type FieldRule, type RecoveryKind, recoveryKinds } from '../../workflows/recovery/recoveryKinds.ts';
import { countSchema, wholeIdSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';

function schemaOf(rule: FieldRule): z.ZodType {
  switch (rule.type) {
    case 'id':
      return wholeIdSchema;
    case 'flag':
      return z.boolean().exactOptional();
    case 'count':
      return countSchema(rule).exactOptional();
    default:
      return rule satisfies never;
  }
}

export const recoverySchemas = Object.fromEntries(
  Object.entries(recoveryKinds).map(([kind, { fields }]) => [
    kind,
    z.strictObject(Object.fromEntries(Object.entries(fields).map(([name, rule]) => [name, schemaOf(rule)]))),
  ]),
) as Readonly<Record<RecoveryKind, z.ZodObject>>;
