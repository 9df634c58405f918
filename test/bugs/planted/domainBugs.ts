// Bugs in the pure rules: amounts, decisions, events as they are stored, ledger entries.
import type { PlantedBug } from '../plantedBug.ts';

export const domainBugs: readonly PlantedBug[] = [
  {
    rule: 'R1',
    invariant: 'An amount never passes through a float.',
    name: 'an amount is read as a float',
    harm: 'Large amounts are off by cents: 9007199254740993.00 is credited as 9007199254740992.00.',
    file: 'src/domain/money.ts',
    find: "const minor = BigInt(units + fraction.padEnd(decimals, '0'));",
    replace: 'const minor = BigInt(Math.round(Number(decimal) * 10 ** decimals));',
    test: { file: 'test/unit/domain/money.test.ts', name: 'money keeps digits that a double does not have' },
  },
  {
    rule: 'R2',
    invariant: 'A debit never takes more than the wallet holds.',
    name: 'a debit ignores the balance',
    harm: 'A client that asks for too much gets a server error instead of a rejection, or it gets the money.',
    file: 'src/domain/decide/move.ts',
    find: 'if (balanceMinor < 0n) return insufficientFunds(wallet, amountMinor);',
    replace: '',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'crediting and debiting never takes more than there is',
    },
  },
  {
    rule: 'R3',
    invariant: 'A transfer gives the receiver exactly the amount that it takes from the sender.',
    name: 'a transfer pays nobody',
    harm: 'The sender loses money that the receiver never gets.',
    file: 'src/domain/decide/transfer.ts',
    find: `      [
        toWalletId,
        { type: 'TransferReceived', fromWalletId: walletId, balanceMinor: toBalanceMinor, ...shared },
      ],
`,
    replace: '',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'transferring takes from one and gives to the other what was taken',
    },
  },
  {
    rule: 'R4',
    invariant: 'Time never runs backwards within a wallet.',
    name: "a wallet's time runs backwards",
    harm: 'If the clocks of two processes differ, one of them writes events into the past. Statements by date miss these events.',
    file: 'src/domain/decide/decision.ts',
    find: 'Math.max(now.getTime(), ...changes)',
    replace: 'now.getTime()',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'time never runs backwards in a wallet, though the clocks of two processes differ',
    },
  },
  {
    rule: 'R5',
    invariant: 'A command with `If-Match` is accepted only at one of the versions it names.',
    name: 'If-Match is ignored',
    harm: 'Two operators see the same balance and both act on it. The second undoes the decision of the first.',
    file: 'src/domain/decide/rejected.ts',
    find: 'if (expectedVersions?.includes(version) !== false) return undefined;',
    replace: 'if (version >= 0 || expectedVersions) return undefined;',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'crediting and debiting is refused if the caller saw another version',
    },
  },
  {
    rule: 'R6',
    invariant: 'An event with a newer schema version is refused and never guessed at.',
    name: 'a newer schema version is read as the current one',
    harm: 'After a rollback the old release reads new events by the wrong rules and shows wrong balances.',
    file: 'src/eventStore/eventCodec.ts',
    find: 'if (recorded.schemaVersion > schemaVersions[type]) {',
    replace: 'if (recorded.schemaVersion < 0) {',
    test: {
      file: 'test/unit/eventStore/eventCodec.test.ts',
      name: 'refuses an event that newer code wrote, with position, wallet and reason',
    },
  },
  {
    rule: 'R7',
    invariant: "A debit is booked from the wallet's account to the settlement account.",
    name: 'a debit is booked as a credit',
    harm: 'The ledger balances and says the opposite: it owes the owner money that was paid out.',
    file: 'src/projections/ledger/postings.ts',
    find: 'return settled(stored, event.amountMinor, wallet, ofNoWallet);',
    replace: 'return settled(stored, event.amountMinor, ofNoWallet, wallet);',
    test: {
      file: 'test/unit/projections/ledger/ledgerEntries.test.ts',
      name: 'ledger entries book a debit from the wallet to the settlement account',
    },
  },
  {
    rule: 'R81',
    invariant: 'A refusal never tells the balance of the wallet to which the caller sends money.',
    name: 'a refused transfer tells what the receiver has',
    harm: 'Anybody who may send money to a wallet can ask how much is in it.',
    file: 'src/domain/decide/rejected.ts',
    find: `export function limitExceeded({ id: walletId, currency }: Wallet, amountMinor: bigint): Decision {
  const limit = formatAmount(amountMinorMax, currency);
`,
    replace: `export function limitExceeded(wallet: Wallet, amountMinor: bigint): Decision {
  const { id: walletId, currency } = wallet;
  const limit = formatAmount(wallet.balanceMinor, currency);
`,
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'transferring never tells the balance of the wallet that receives',
    },
  },
  {
    rule: 'R90',
    invariant: 'Several events of one command on one wallet chain their versions and states.',
    name: 'each event of a command follows the wallet as it was loaded',
    harm: 'One command releases an expired hold and debits the wallet. Both events claim the same version, and the command fails.',
    file: 'src/domain/decide/decision.ts',
    find: 'wallets.get(walletId) ?? state.wallets.get(walletId);',
    replace: 'state.wallets.get(walletId);',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'several events of one command on one wallet chain its versions and its states',
    },
  },
  {
    rule: 'R95',
    invariant: 'A movement is named by the first event of its command.',
    name: 'a command names the last version that it reached as its movement',
    harm: 'One command makes two events on a wallet. Its answer names a movement that is only the second of them.',
    file: 'src/eventStore/outcomeCodec.ts',
    find: 'events.find(({ walletId }) => walletId === id)?.version ?? version',
    replace: 'version',
    test: {
      file: 'test/integration/eventStore/appendBatch.test.ts',
      name: 'at the level of compact events several events of one command on one wallet are written, each after the one before',
    },
  },
];
