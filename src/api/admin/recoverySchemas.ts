// The arguments of recoveries, as they arrive over HTTP: a field that is missing means its default, one that is not
// known is refused, so that a misspelt word never starts the wrong thing.
import { z } from 'zod';
import {
  type RecoveryArguments,
  type RecoveryKind,
  wholeNumbers,
} from '../../workflows/recovery/recoveryKinds.ts';
import { isJsonNumber, type JsonNumber, sourceOf } from '../http/jsonObject.ts';
import { idSchema } from '../http/schemas.ts';

/** Numbers of bodies keep their source text; these are counts. */
function whole({ min, max }: { readonly min: number; readonly max: number }) {
  const detail = `must be a whole number from ${min} to ${max}`;
  return z
    .custom<JsonNumber>((value) => {
      if (!isJsonNumber(value)) return false;
      const number = Number(sourceOf(value));
      return Number.isInteger(number) && number >= min && number <= max;
    }, detail)
    .transform((value) => Number(sourceOf(value)))
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

export const recoverySchemas = {
  retryStaleEvents: z.strictObject({
    olderThanS: whole(wholeNumbers.olderThanS).exactOptional(),
    full: z.boolean().exactOptional(),
  }),
  rebuildWalletReadModel: z.strictObject({ walletId: idSchema }),
  rebuildAllReadModels: z.strictObject({
    slices: whole(wholeNumbers.slices).exactOptional(),
    graceS: whole(wholeNumbers.graceS).exactOptional(),
    walletsPerPage: whole(wholeNumbers.walletsPerPage).exactOptional(),
  }),
  rebuildLedger: z.strictObject({}),
  verifyProjections: z.strictObject({
    repair: z.boolean().exactOptional(),
    walletsPerPage: whole(wholeNumbers.walletsPerPage).exactOptional(),
  }),
  pruneOutbox: z.strictObject({ olderThanHours: whole(wholeNumbers.olderThanHours).exactOptional() }),
} satisfies { readonly [Kind in RecoveryKind]: z.ZodType<RecoveryArguments[Kind]> };
