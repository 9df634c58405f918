// Loaded before the program, so that the clock of a running process can be set. Monotonic clocks stay, as on
// a machine whose clock is set. SIGWINCH makes the process read the new shift, in milliseconds ahead, and
// write down the time that it now believes.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const file = process.env.TEST_CLOCK_FILE ?? '';
if (file === '') throw new Error('TEST_CLOCK_FILE must name the file that holds the shift');

const rightDate = Date;
let shiftMs = readShift();

function readShift(): number {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

globalThis.Date = new Proxy(rightDate, {
  construct(target, given: unknown[], made) {
    const args = given.length === 0 ? [rightDate.now() + shiftMs] : given;
    return Reflect.construct(target, args, made) as Date;
  },
  apply: () => new rightDate(rightDate.now() + shiftMs).toString(),
  get(target, property, receiver) {
    if (property === 'now') return () => rightDate.now() + shiftMs;
    return Reflect.get(target, property, receiver) as unknown;
  },
});

process.on('SIGWINCH', () => {
  shiftMs = readShift();
  writeFileSync(`${file}.new`, String(new Date().getTime()));
  renameSync(`${file}.new`, `${file}.seen`);
});
