// Ids that begin with the time at which they were made: UUIDs of version 7. Ids of one hour are neighbours in
// each index, so commands change few of its pages.
//
// Invariant: nothing follows from the time in an id. A wrong clock puts ids on other pages and does no more.
import { randomUUID } from 'node:crypto';

/** A new id. Tests give it the time and what is random. */
export function newOrderedId(nowMs = Date.now(), random: string = randomUUID()): string {
  const time = nowMs.toString(16).padStart(timeDigits, '0').slice(-timeDigits);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(firstRandomDigit)}`;
}

/** 48 bits. */
const timeDigits = 12;
/** After the time and the digit of the version. */
const firstRandomDigit = 15;
