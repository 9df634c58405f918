// Plays 12,000 random histories in each run through the pure parts of the service. A failure prints its seed
// and path. HISTORIES_SEED and HISTORIES_PATH repeat it. HISTORIES_RUNS sets the number of runs for each
// property.
import { answerOf } from '../../../src/api/wallets/walletAnswer.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WalletEvent } from '../../../src/domain/events.ts';
import { formatAmount, parseAmount } from '../../../src/domain/money.ts';
import { statefulVersion } from '../../../src/eventStore/outcomeCodec.ts';
import { evolve, ordinaryState, type Wallet } from '../../../src/domain/wallet.ts';
import { balanceOf, ledgerEntries, type LedgerEntry } from '../../../src/projections/ledger/ledgerEntries.ts';
import { foldWallets, walletsWithoutFirst } from '../../../src/projections/readModel/fold/foldWallets.ts';
import { walletDocument, walletOf } from '../../../src/projections/readModel/walletDocument.ts';
import {
  acceptedAnswer,
  decimalOf,
  largestMinor,
  modelCurrencies,
  type ModelWallet,
  refusalStatuses,
  walletText,
} from '../../support/model.ts';
import { toSnapshot } from '../../../src/api/wallets/walletAnswer.ts';
import { play, type Played } from './play.ts';
import { histories } from './requests.ts';

/** A property takes 20 seconds alone, and several times that on a busy machine. */
const hangsAfterMs = 300_000;

const { HISTORIES_SEED, HISTORIES_PATH, HISTORIES_RUNS } = process.env;

function holds<Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>, runs: number): void {
  fc.assert(property, {
    numRuns: Number(HISTORIES_RUNS ?? runs),
    ...(HISTORIES_SEED === undefined ? {} : { seed: Number(HISTORIES_SEED) }),
    ...(HISTORIES_PATH === undefined ? {} : { path: HISTORIES_PATH }),
  });
}

const movingTypes: readonly WalletEvent['type'][] = [
  ...(['WalletCreated', 'WalletCredited', 'WalletDebited', 'TransferSent', 'TransferReceived'] as const),
];

/** Turns a wallet of the service into the model's form. */
function inWords(wallet: Wallet): ModelWallet {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt, ...state } = wallet;
  expect(state).toEqual(ordinaryState);
  const rest = { id, ownerId, currency, balanceMinor, version };
  return { ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

/** Every version of every wallet of the model, by wallet id and version. */
function versionsOf({ steps }: Played): ReadonlyMap<string, ModelWallet> {
  const wallets = steps.flatMap(({ expected }) =>
    expected.outcome === 'performed' && 'wallets' in expected.verdict ? expected.verdict.wallets : [],
  );
  return new Map(wallets.map((wallet) => [`${wallet.id} ${wallet.version}`, wallet]));
}

it('the histories meet every refusal, every event, replays and reused keys', () => {
  const met = new Set<string>();
  for (const history of fc.sample(histories, { numRuns: 400, seed: 1 })) {
    const { steps, events } = play(history);
    for (const { expected } of steps) {
      met.add(expected.outcome);
      if ('verdict' in expected && 'refusal' in expected.verdict) met.add(expected.verdict.refusal.code);
    }
    for (const { event } of events) met.add(event.type);
  }
  const outcomes = ['performed', 'replayed', 'keyReused'];
  const wanted = [...outcomes, ...Object.keys(refusalStatuses), ...movingTypes];
  expect(wanted.filter((each) => !met.has(each))).toEqual([]);
});

describe('every history', () => {
  it(
    'is answered as the model says, command by command, in batches of any cut',
    { timeout: hangsAfterMs },
    () => {
      const property = fc.property(histories, fc.nat(8), (history, opensAt) => {
        const firstTexts = new Map<string | undefined, string>();
        for (const { step, result, expected } of play(history, opensAt).steps) {
          if (expected.outcome === 'keyReused') {
            expect(result).toEqual({ kind: 'keyReused' });
            continue;
          }
          const { verdict } = expected;
          expect(result).toMatchObject({ kind: 'answered', replayed: expected.outcome === 'replayed' });
          if (result.kind !== 'answered') continue;
          const { status, body } = answerOf(result.outcome, 'this request');
          if (result.replayed) expect(body).toBe(firstTexts.get(step.key));
          else firstTexts.set(step.key, body);
          if ('wallets' in verdict) {
            const { outcome } = result;
            const isNow = 'accepted' in outcome && outcome.version === statefulVersion;
            const form = isNow ? 'now' : 'beforeHolds';
            expect({ status, text: body }).toEqual(acceptedAnswer(step.request.kind, verdict.wallets, form));
            continue;
          }
          const { code, walletId, currentVersion, says = '', numbers = {} } = verdict.refusal;
          expect(status).toBe(refusalStatuses[code]);
          expect(JSON.parse(body)).toMatchObject({ status, code, walletId, ...numbers });
          expect(JSON.parse(body)).toHaveProperty('detail', expect.stringContaining(says));
          expect((JSON.parse(body) as { currentVersion?: number }).currentVersion).toBe(currentVersion);
        }
      });
      holds(property, 6_000);
    },
  );

  it(
    'leaves events that fold, through codec and evolve, to the wallets of the model',
    { timeout: hangsAfterMs },
    () => {
      const property = fc.property(histories, (history) => {
        const { events, wallets, model } = play(history);
        const folded = new Map<string, Wallet>();
        for (const event of events) folded.set(event.walletId, evolve(folded.get(event.walletId), event));
        expect(folded).toEqual(wallets);
        expect(new Map([...folded].map(([id, wallet]) => [id, inWords(wallet)]))).toEqual(model.wallets);
      });
      holds(property, 2_000);
    },
  );

  it(
    'is shown by documents that the model has at that version, however the log is cut',
    { timeout: hangsAfterMs },
    () => {
      const property = fc.property(histories, fc.array(fc.integer({ min: 1, max: 6 })), (history, cuts) => {
        const played = play(history);
        const versions = versionsOf(played);
        for (let from = 0, cut = 0; from < played.events.length; cut += 1) {
          const batch = played.events.slice(from, from + (cuts[cut] ?? 3));
          from += batch.length;
          const missing = walletsWithoutFirst(batch);
          const firsts = played.events.filter(
            ({ walletId, version }) => version === 1 && missing.includes(walletId),
          );
          const { folded, unfoldable } = foldWallets(
            batch,
            new Map(firsts.map((first) => [first.walletId, first])),
          );
          expect(unfoldable).toEqual([]);
          for (const { wallet } of folded) {
            const shown = walletOf(
              JSON.parse(JSON.stringify(walletDocument(wallet))) as ReturnType<typeof walletDocument>,
            );
            const expected = versions.get(`${wallet.id} ${wallet.version}`) as ModelWallet;
            expect(inWords(shown)).toEqual(expected);
            expect(JSON.stringify(toSnapshot(shown))).toBe(walletText(expected));
          }
        }
      });
      holds(property, 2_000);
    },
  );

  it(
    'is booked so that debits equal credits and every account holds what its wallet holds',
    { timeout: hangsAfterMs },
    () => {
      const property = fc.property(histories, (history) => {
        const { events, model } = play(history);
        const accounts = new Map<string, LedgerEntry[]>();
        for (const event of events) {
          const entries = ledgerEntries(event);
          expect(balanceOf(entries)).toBe(0n);
          for (const entry of entries)
            accounts.set(entry.account, [...(accounts.get(entry.account) ?? []), entry]);
        }
        for (const { id, balanceMinor, currency } of model.wallets.values()) {
          const entries = accounts.get(`wallet:${id}`) ?? [];
          expect(-balanceOf(entries)).toBe(balanceMinor);
          expect(entries.every((entry) => entry.currency === currency)).toBe(true);
          if (entries.length > 0) expect(entries.at(-1)?.balanceAfterMinor).toBe(balanceMinor);
        }
      });
      holds(property, 2_000);
    },
  );

  it('keeps every amount to the last digit, in and out', () => {
    const amounts = fc.tuple(fc.bigInt({ min: 0n, max: largestMinor }), fc.constantFrom(...modelCurrencies));
    const property = fc.property(amounts, ([minor, currency]) => {
      const text = decimalOf(minor, currency);
      expect(parseAmount(text, currency)).toBe(minor);
      expect(formatAmount(minor, currency)).toBe(text);
    });
    holds(property, 2_000);
  });
});
