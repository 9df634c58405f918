// The Idempotency-Key of an opened form. A double click, or a press after a lost answer, sends the same key
// again, so the command takes effect once. Pure but for the making of a key.
//
// Invariant: a press gets a new key only after the service has refused the one before it for good. While the
// outcome of a press is open, its key stays.
import type { RequestError } from './http.ts';

/** Random bytes work on plain HTTP too, where `crypto.randomUUID` is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A refusal by a rule is remembered under its key. So a corrected form needs another one. */
export function keyAfter(
  key: string,
  { status, code }: Pick<RequestError, 'status' | 'code'>,
  makeKey: () => string = newKey,
): string {
  const isRemembered = [404, 409, 422].includes(status) && code !== keyReused;
  return isRemembered ? makeKey() : key;
}

const keyReused = 'IDEMPOTENCY_KEY_REUSED';

/** The meaning of a failed press, in words for the person who pressed. */
export function failureInWords({ status, code, message }: RequestError): string {
  if (code === keyReused)
    return 'An earlier press of this form was carried out, with other values. Close the form, and look at what it did.';
  if (status === 0 || code === 'OUTCOME_UNKNOWN')
    return `${message} It may have happened all the same. Press once more with the same values: it happens once.`;
  return message;
}
