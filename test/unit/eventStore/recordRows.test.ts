import { expect, it } from 'vitest';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { acceptedOutcome } from '../../../src/eventStore/outcomeCodec.ts';
import { type CommandToRecord, recordParameters } from '../../../src/eventStore/recordRows.ts';

function recordOf(outcome: CommandToRecord['outcome'], asked: string[]): CommandToRecord {
  const requestHash = {
    meaning: 'a'.repeat(64),
    get spelling() {
      asked.push('spelling');
      return 'b'.repeat(64);
    },
  };
  return { commandId: '00000000-0000-8000-8000-000000000001', key: 'k', requestHash, outcome };
}

it('the hash of the spelling, is made for records of the former form alone', () => {
  const asked: string[] = [];
  recordParameters([recordOf(acceptedOutcome('CreditWallet', { shown: [], facts: {} }, levelMax), asked)]);
  expect(asked).toEqual([]);
  recordParameters([recordOf({ former: { status: 200, headers: {}, body: '{}' } }, asked)]);
  expect(asked).toEqual(['spelling']);
});
