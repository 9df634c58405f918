// Bugs in velocity rules: in what counts, in which window, and in what is decided under the lock.
import type { PlantedBug } from '../plantedBug.ts';

const velocity = 'test/unit/domain/velocity.test.ts';
const uses = 'src/domain/velocityUse.ts';

export const velocityBugs: readonly PlantedBug[] = [
  {
    rule: 'R181',
    invariant: 'A velocity rule is decided under the lock of the wallet, on what was used until then.',
    name: 'the use of a velocity rule is kept once and never again',
    harm: 'A stolen card pays without end, and its rule says that all is well.',
    file: 'src/eventStore/usageRows.ts',
    find: 'do update set rules = excluded.rules`;',
    replace: 'do nothing`;',
    test: {
      file: 'test/integration/commands/paymentRaces.test.ts',
      name: 'two processes let exactly as many debits through as a velocity rule allows',
    },
  },
  {
    rule: 'R182',
    invariant: 'A hold that ends without a capture gives back what it used of a velocity rule.',
    name: 'a released hold stays counted',
    harm: 'A customer whose booking was cancelled can not book again until the month ends.',
    file: uses,
    find: 'return released(hold, event.amountMinor, hold?.capturedMinor === 0n ? -1 : 0);',
    replace: 'return hold && undefined;',
    test: {
      file: velocity,
      name: 'a hold that is voided or expires before its window ends never happened for the rules',
    },
  },
  {
    rule: 'R183',
    invariant: 'A capture within its hold counts nothing, because the hold was counted.',
    name: 'a capture counts again',
    harm: 'A card is refused at half of what its rule allows.',
    file: uses,
    find: ': grown(event.overMinor);',
    replace: ': grown(event.amountMinor);',
    test: { file: velocity, name: 'a capture does not count again, and what exceeds the hold does' },
  },
  {
    rule: 'R184',
    invariant: 'A window begins anew with the first millisecond of its day or month.',
    name: 'a use is never reset',
    harm: 'A customer who used up one day is refused for ever.',
    file: uses,
    find: 'return use.windowFrom < windowFrom ?',
    replace: 'return use.windowFrom > windowFrom ?',
    test: {
      file: velocity,
      name: 'a rule of a day counts until the last millisecond of the day, and begins anew with the next one',
    },
  },
  {
    rule: 'R185',
    invariant: 'A wallet whose uses are missing moves nothing.',
    name: 'a velocity rule without its use lets everything pass',
    harm: 'Somebody deletes a row by hand, and every limit is gone without a word.',
    file: uses,
    find: 'if (found.length === velocityRules) return found;',
    replace: 'if (found.length <= velocityRules) return found;',
    test: { file: velocity, name: 'a wallet whose uses are missing moves nothing, and can be frozen' },
  },
  {
    rule: 'R186',
    invariant: 'A refused sender is not told what the receiver has used.',
    name: 'the use of the receiver is told',
    harm: 'Anybody finds out how much a shop takes in a day.',
    file: 'src/domain/decide/refuseUse.ts',
    find: "{ direction: 'in', amountMinor, ofOther: true }",
    replace: "{ direction: 'in', amountMinor }",
    test: {
      file: 'test/api/velocity.test.ts',
      name: 'a transfer counts on both sides, and the sender is not told the use of the receiver',
    },
  },
  {
    rule: 'R187',
    invariant: 'A rule that keeps its name, window and direction keeps its use.',
    name: 'a rule that is set again begins anew',
    harm: 'A support person who raises a limit by ten gives the whole limit once more.',
    file: uses,
    find: 'if (before !== undefined) return { ...before, ...rule };',
    replace:
      'if (before === undefined) return { ...rule, since, windowFrom: since, usedMinor: 0n, usedCount: 0 };',
    test: {
      file: velocity,
      name: 'a rule that keeps its name, window and direction keeps its use, and any other one begins anew',
    },
  },
  {
    rule: 'R189',
    invariant: 'The window of a movement is that of its event, by the clock of PostgreSQL.',
    name: 'a window is that of the clock of the process',
    harm: 'A process whose clock is a day ahead gives every customer the money of two days.',
    file: 'src/domain/decide/refuseUse.ts',
    find: 'const at = timeOfEvents([wallet, beside], now);',
    replace: 'const at = timeOfEvents([wallet, beside], new Date());',
    test: {
      file: velocity,
      name: 'a rule of a day counts until the last millisecond of the day, and begins anew with the next one',
    },
  },
];
