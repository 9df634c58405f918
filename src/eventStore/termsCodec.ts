// The terms of a wallet as JSON and back, for events and for the rows of `wallets`.
import type { AlertRule } from '../domain/alerts.ts';
import { amountMinorMax } from '../domain/money.ts';
import { type Freeze, freezeScopes, type Terms } from '../domain/terms.ts';
import { readAlertRules, type StoredAlertRule, writeAlertRules } from './alertCodec.ts';
import { signedMinorUnits } from './storedAmounts.ts';

/** A member is absent if it has its ordinary value. An index finds `until` beside the freeze. */
interface StoredTerms {
  readonly minimum?: string;
  readonly maximum?: string;
  readonly freeze?: Pick<Freeze, 'scope' | 'reason' | 'holds'>;
  /** RFC 3339. */
  readonly until?: string;
  /** The number of velocity rules. */
  readonly rules?: number;
  readonly alerts?: readonly StoredAlertRule[];
}

const noAlertRules: readonly AlertRule[] = [];

export function writeTerms(value: unknown): StoredTerms {
  const { minimumMinor, maximumMinor, freeze, velocityRules, alertRules } = value as Terms;
  return {
    ...(minimumMinor !== 0n && { minimum: minimumMinor.toString() }),
    ...(maximumMinor !== amountMinorMax && { maximum: maximumMinor.toString() }),
    ...(freeze && { freeze: { scope: freeze.scope, reason: freeze.reason, holds: freeze.holds } }),
    ...(freeze?.until && { until: freeze.until.toISOString() }),
    ...(velocityRules > 0 && { rules: velocityRules }),
    ...(alertRules.length > 0 && { alerts: writeAlertRules(alertRules) }),
  };
}

/** `refuse` makes the error for content that this code did not write. */
export function readTerms(value: unknown, refuse: (reason: string) => Error): Terms {
  if (typeof value !== 'object' || value === null) throw refuse('terms are no object');
  const {
    minimum = '0',
    maximum = amountMinorMax.toString(),
    freeze,
    until,
    rules = 0,
    alerts,
  } = value as StoredTerms;
  if (!signedMinorUnits.test(minimum) || !signedMinorUnits.test(maximum))
    throw refuse('a limit is no amount');
  if (!Number.isSafeInteger(rules) || rules < 0) throw refuse('the number of velocity rules is none');
  return {
    minimumMinor: BigInt(minimum),
    maximumMinor: BigInt(maximum),
    freeze: freeze === undefined ? null : readFreeze(freeze, until, refuse),
    velocityRules: rules,
    alertRules: alerts === undefined ? noAlertRules : readAlertRules(alerts, refuse),
  };
}

function readFreeze(
  { scope, reason, holds }: Pick<Freeze, 'scope' | 'reason' | 'holds'>,
  until: string | undefined,
  refuse: (reason: string) => Error,
): Freeze {
  const end = until === undefined ? null : new Date(until);
  const isWhole = freezeScopes.includes(scope) && ['honor', 'block'].includes(holds);
  if (!isWhole || typeof reason !== 'string' || Number.isNaN(end?.getTime() ?? 0))
    throw refuse('the freeze is incomplete');
  return { scope, reason, holds, until: end };
}

/** True for an object whose values are all texts. */
export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
