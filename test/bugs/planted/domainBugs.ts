// Bugs in the pure rules: amounts, decisions, events as they are stored, ledger entries.
import type { PlantedBug } from '../plantedBug.ts';

export const domainBugs: readonly PlantedBug[] = [
  {
    name: 'an amount is read as a float',
    harm: 'Large amounts are off by cents: 9007199254740993.00 is credited as 9007199254740992.00.',
    file: 'src/domain/money.ts',
    find: "const minor = BigInt(units + fraction.padEnd(decimals, '0'));",
    replace: 'const minor = BigInt(Math.round(Number(decimal) * 10 ** decimals));',
    test: { file: 'test/unit/domain/money.test.ts', name: 'money keeps digits that a double does not have' },
  },
  {
    name: 'a debit does not look at the balance',
    harm: 'Whoever asks for more than a wallet holds gets an error of the server instead of a refusal, or the money.',
    file: 'src/domain/decide.ts',
    find: 'if (balanceMinor < 0n) return insufficientFunds(wallet, amountMinor);',
    replace: '',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'crediting and debiting never takes more than there is',
    },
  },
  {
    name: 'a transfer pays nobody',
    harm: 'A transfer takes money from the sender, and the receiver never gets it.',
    file: 'src/domain/decide.ts',
    find: `      [
        target,
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
    name: "a wallet's time runs backwards",
    harm: 'Of two processes whose clocks differ one writes events into the past, and statements by date miss them.',
    file: 'src/domain/decide.ts',
    find: 'Math.max(now.getTime(), ...changes.map(([wallet]) => wallet?.updatedAt.getTime() ?? 0))',
    replace: 'now.getTime()',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'time never runs backwards in a wallet, though the clocks of two processes differ',
    },
  },
  {
    name: 'If-Match is not looked at',
    harm: 'Two operators who saw the same balance both act on it, and the second undoes what the first decided.',
    file: 'src/domain/decide.ts',
    find: 'if (expectedVersions?.includes(wallet.version) !== false) return undefined;',
    replace: 'if (wallet.version >= 0 || expectedVersions) return undefined;',
    test: {
      file: 'test/unit/domain/decide.test.ts',
      name: 'crediting and debiting is refused where the caller saw another version',
    },
  },
  {
    name: 'a newer schema version is read as the current one',
    harm: 'After a rollback the old release reads events of the new one by the wrong rules and shows wrong balances.',
    file: 'src/eventStore/eventCodec.ts',
    find: 'if (recorded.schemaVersion > schemaVersions[type]) {',
    replace: 'if (recorded.schemaVersion < 0) {',
    test: {
      file: 'test/unit/eventStore/eventCodec.test.ts',
      name: 'refuses an event that newer code wrote, with position, wallet and reason',
    },
  },
  {
    name: 'a debit is booked as a credit',
    harm: 'The ledger balances and says the opposite of what happened: money that left stands as owed to the owner.',
    file: 'src/projections/ledger/ledgerEntries.ts',
    find: 'return legs(stored, event.amountMinor, wallet, settlement);',
    replace: 'return legs(stored, event.amountMinor, settlement, wallet);',
    test: {
      file: 'test/unit/projections/ledger/ledgerEntries.test.ts',
      name: 'ledger entries book a debit from the wallet to the settlement account',
    },
  },
];
