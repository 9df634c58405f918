// Loaded before the program of a process whose clock is to be wrong: everything in it that asks for the time gets
// another one. Monotonic clocks stay, as they do on a machine whose clock is set.
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS);
if (!Number.isInteger(shiftMs)) throw new Error('TEST_CLOCK_SHIFT_MS must be whole milliseconds');

const rightDate = Date;

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

export {};
