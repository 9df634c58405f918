// Bugs in holds, refunds and metadata that only several commands at once, or one after the other, bring to
// light. Other services had each of them.
import type { PlantedBug } from '../plantedBug.ts';

const races = 'test/integration/commands/paymentRaces.test.ts';

export const raceBugs: readonly PlantedBug[] = [
  {
    rule: 'R191',
    invariant: 'A command is decided on the holds as the commands before it in its batch left them.',
    name: 'a hold is checked outside of the turn of its wallet',
    harm: 'Two captures of one hold at the same moment both find it open, and a customer pays twice.',
    file: 'src/domain/decide/changes.ts',
    find: 'for (const [key, hold] of changes.holds) state.holds.set(key, hold);',
    replace: '',
    test: {
      file: races,
      name: 'two processes take one of 50 captures with keys of their own, and tell the others that the hold has ended',
    },
  },
  {
    rule: 'R192',
    invariant: 'A placement that is sent again under its key places no second hold.',
    name: 'the key of a placement is not passed on',
    harm: 'A shop repeats a placement after a lost answer. Twice the price is held, and the card is refused elsewhere.',
    file: 'src/api/wallets/answerCommand.ts',
    find: 'idempotencyKey === undefined ? deps.newId() :',
    replace: "idempotencyKey === undefined || command.type === 'PlaceHold' ? deps.newId() :",
    test: {
      file: races,
      name: 'two processes place one hold of a placement that is sent 50 times under its key',
    },
  },
  {
    rule: 'R193',
    invariant: 'A placement that is refused leaves no hold.',
    name: 'a hold is placed though the money for it is missing',
    harm: 'The hold of a refused payment is captured, and the wallet is overdrawn.',
    file: 'src/domain/decide/placeHold.ts',
    find: 'refuseFunds(wallet, amountMinor) ??',
    replace: 'refuseFunds(wallet, 0n * amountMinor) ??',
    test: { file: 'test/unit/domain/holds.test.ts', name: 'a hold of a refused command is no hold' },
  },
  {
    rule: 'R194',
    invariant: 'A metadata key that was removed stays removed.',
    name: 'the row of the details is merged with what it had',
    harm: 'A program removes the address of a customer. The next patch of another key brings it back.',
    file: 'src/eventStore/holdRows.ts',
    find: 'do update set metadata = excluded.metadata,',
    replace: 'do update set metadata = wallet_details.metadata || excluded.metadata,',
    test: { file: races, name: 'two processes do not bring back a metadata key that was removed' },
  },
  {
    rule: 'R195',
    invariant: 'Patches at the same moment lose no key of each other.',
    name: 'a patch does not see the patch before it in its batch',
    harm: 'Two programs store their keys at once, and one of them never finds its wallet again.',
    file: 'src/domain/decide/changes.ts',
    find: 'for (const [id, details] of changes.details) state.details.set(id, details);',
    replace: '',
    test: { file: races, name: 'two processes lose no key of concurrent metadata patches' },
  },
  {
    rule: 'R196',
    invariant: 'Refunds at the same moment never give back more than went out.',
    name: 'a refund does not see the refund before it in its batch',
    harm: 'Support and a retry refund one payment at once, and the customer is paid twice.',
    file: 'src/domain/decide/changes.ts',
    find: 'for (const [key, reversal] of changes.reversals) state.reversals.set(key, reversal);',
    replace: '',
    test: { file: races, name: 'two processes never refund more than the original' },
  },
  {
    rule: 'R358',
    invariant: 'A batch is appended only if the wallets that it only read are as it loaded them.',
    name: 'a payee is not compared with what was loaded',
    harm: 'A payee is closed while a hold for it is placed. The money is held for a wallet that can never be paid.',
    file: 'src/commands/decideBatch.ts',
    find: 'for (const id of walletIdsOf(command)) read.add(id);',
    replace: 'for (const id of walletIdsOf(command).slice(1, 1)) read.add(id);',
    test: {
      file: 'test/integration/commands/payeeRaces.test.ts',
      name: 'a payee that another process changes while the append waits for the head of the log refuses the hold if it was closed',
    },
  },
  {
    rule: 'R188',
    invariant: 'The refusal of a reversal is true of one moment.',
    name: 'a movement that came while it was looked for is not found',
    harm: 'A refund is refused for a payment that is in the history.',
    file: 'src/api/wallets/reversalRoutes.ts',
    find: 'version > wallet.version ? undefined : await readMovement(database, walletId, version);',
    replace: 'await Promise.resolve(undefined as Awaited<ReturnType<typeof readMovement>>);',
    test: {
      file: 'test/api/movements.test.ts',
      name: 'a movement that is made while its reversal looks for it is found',
    },
  },
];
