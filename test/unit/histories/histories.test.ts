// Plays 12,000 random histories in each run through the pure parts of the service. A failure prints its seed
// and path. HISTORIES_SEED and HISTORIES_PATH repeat it. HISTORIES_RUNS sets the number of runs for each
// property.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, toSnapshot } from '../../../src/api/wallets/walletAnswer.ts';
import { toHoldAnswer } from '../../../src/api/holds/holdAnswer.ts';
import { eventTypes, type WalletEvent } from '../../../src/domain/events.ts';
import { evolveHold, type Hold, holdKey } from '../../../src/domain/hold.ts';
import type { HoldEvent } from '../../../src/domain/holdEvents.ts';
import { formatAmount, parseAmount } from '../../../src/domain/money.ts';
import { rejectionCodes } from '../../../src/domain/rejections.ts';
import type { RuleUse } from '../../../src/domain/velocityUse.ts';
import { evolve, type Wallet } from '../../../src/domain/wallet.ts';
import { statefulVersion } from '../../../src/eventStore/outcomeCodec.ts';
import { balanceOf, legsOf, type LedgerEntry } from '../../../src/projections/ledger/ledgerEntries.ts';
import { postingsOf } from '../../../src/projections/ledger/postings.ts';
import {
  foldWallets,
  termsNotIn,
  walletsWithoutFirst,
} from '../../../src/projections/readModel/fold/foldWallets.ts';
import { walletDocument, walletOf } from '../../../src/projections/readModel/walletDocument.ts';
import {
  emptyWalletState,
  takeStateStep,
  type WalletState,
} from '../../../src/projections/verify/walletState.ts';
import { decimalOf, largestMinor, modelCurrencies } from '../../support/model/amounts.ts';
import { acceptedAnswer, holdText, madeId, refusalMembers, walletText } from '../../support/model/answers.ts';
import { refusalStatuses } from '../../support/model/refusals.ts';
import { heldOf, type ModelWallet } from '../../support/model/wallets.ts';
import { play, type Played, type PlayedStep } from './play.ts';
import { histories, manyCaptures, manyReversals, manyHolds } from './requests.ts';
import type { StoreInMemory } from './storeInMemory.ts';

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

/** Every version of every wallet of the model, by wallet id and version. */
function versionsOf({ steps }: Played): ReadonlyMap<string, ModelWallet> {
  const wallets = steps.flatMap(({ expected }) =>
    expected.outcome === 'performed' && 'events' in expected.verdict
      ? expected.verdict.events.map(({ wallet }) => wallet)
      : [],
  );
  return new Map(wallets.map((wallet) => [`${wallet.id} ${wallet.version}`, wallet]));
}

/** The service's wallet shows what the model's does, to the byte. */
function expectSame(wallet: Wallet | undefined, expected: ModelWallet | undefined): void {
  expect(wallet && JSON.stringify(toSnapshot(wallet))).toBe(expected && walletText(expected));
}

/** Compares one answer with the model's. `firstTexts` are the bodies by key. */
function expectAnswer(
  { step, result, expected }: PlayedStep,
  firstTexts: Map<string | undefined, string>,
): void {
  if (expected.outcome === 'keyReused') {
    expect(result).toEqual({ kind: 'keyReused' });
    return;
  }
  if (expected.outcome === 'unfinished') {
    expect(result).toEqual({ kind: 'unavailable', reason: 'UPGRADE_UNFINISHED' });
    return;
  }
  const { verdict } = expected;
  if ('refusal' in verdict && verdict.refusal.code === 'MOVEMENT_NOT_FOUND') {
    expect(result).toEqual({ kind: 'notSubmitted' });
    return;
  }
  expect(result).toMatchObject({ kind: 'answered', replayed: expected.outcome === 'replayed' });
  if (result.kind !== 'answered') return;
  const { status, body } = answerOf(result.outcome, 'this request');
  if (result.replayed) expect(body).toBe(firstTexts.get(step.key));
  else firstTexts.set(step.key, body);
  if ('events' in verdict) {
    const { outcome } = result;
    const isNow = 'accepted' in outcome && outcome.version === statefulVersion;
    const text = body.replace(/"captureId":"[^"]*"/, `"captureId":"${madeId}"`);
    const answer = acceptedAnswer(step.request, verdict, isNow ? 'now' : 'beforeHolds');
    expect({ status, text }).toEqual(answer);
    return;
  }
  const { code, says = '', field } = verdict.refusal;
  const { type, title, detail, requestId, errors, ...members } = JSON.parse(body) as Record<string, unknown>;
  expect(members).toEqual({ status: refusalStatuses[code], code, ...refusalMembers(verdict.refusal) });
  expect(status).toBe(refusalStatuses[code]);
  expect(detail).toContain(says);
  if (field !== undefined) expect(errors).toMatchObject([{ pointer: `/${field}` }]);
  expect([typeof type, typeof title, typeof requestId]).toEqual(['string', 'string', 'string']);
}

/** Throws if the statement is false. It runs millions of times, and `expect` is too slow for that. */
function must(isTrue: boolean, statement: string): void {
  if (!isTrue) throw new Error(`broken: ${statement}`);
}

/** What must hold after every batch, whatever was asked for. */
function expectInvariants({ wallets, holds, openHolds, reversals }: StoreInMemory): void {
  for (const { id, heldMinor, status, balanceMinor, ...wallet } of wallets.values()) {
    const open = [...holds.values()].filter(({ walletId, endedAs }) => walletId === id && endedAs === null);
    const remaining = open.reduce((sum, { remainingMinor }) => sum + remainingMinor, 0n);
    must(heldMinor === remaining, 'what is held is what remains of the open holds');
    must(balanceMinor - heldMinor >= wallet.terms.minimumMinor, 'nothing is taken below the minimum');
    must(status !== 'closed' || (balanceMinor === 0n && open.length === 0), 'a closed wallet is empty');
    const { count = 0, dueFrom } = openHolds.get(id) ?? {};
    must(count === open.length, 'the open holds are counted');
    const isCovered = open.every(({ expiresAt }) => dueFrom !== undefined && dueFrom <= expiresAt);
    must(isCovered, 'no open hold expires before the time that its wallet names');
  }
  for (const { amountMinor, reversedMinor, reversedBy } of reversals.values()) {
    must(reversedMinor <= amountMinor, 'never more goes back than moved');
    const sum = reversedBy.reduce((before, by) => before + by.amountMinor, 0n);
    must(sum === reversedMinor, 'the reversals are summed up');
  }
}

/** Folds the events of holds alone. Throws if one follows a hold's end. */
function foldHolds({ events }: Played): ReadonlyMap<string, Hold> {
  const holds = new Map<string, Hold>();
  const over = new Map<string, bigint>();
  for (const { walletId, version, occurredAt, event } of events) {
    if (!event.type.startsWith('Hold')) continue;
    const ofHold = event as HoldEvent;
    const key = holdKey(walletId, ofHold.holdId);
    const hold = evolveHold(holds.get(key), { walletId, version, occurredAt, event: ofHold });
    holds.set(key, hold);
    if (ofHold.type === 'HoldCaptured') over.set(key, (over.get(key) ?? 0n) + ofHold.overMinor);
    const { capturedMinor, releasedMinor, remainingMinor, amountMinor } = hold;
    const isWhole = capturedMinor + releasedMinor + remainingMinor === amountMinor + (over.get(key) ?? 0n);
    must(isWhole && remainingMinor >= 0n, 'captured + released + remaining = amount + over');
  }
  return holds;
}

/** Folds the events to the uses of velocity rules, as a verification does. */
function foldUses({ events }: Played): ReadonlyMap<string, readonly RuleUse[]> {
  const states = new Map<string, WalletState>();
  for (const event of events) {
    const { walletId, version } = event;
    const state = states.get(walletId) ?? emptyWalletState();
    states.set(walletId, state);
    takeStateStep(state, { walletId, version, event, originalMinor: 0n, otherVersion: 0 });
  }
  return new Map([...states].flatMap(([id, { uses }]) => (uses === undefined ? [] : [[id, uses]])));
}

/** Events that move no money and change no limit make no rule true. */
const neverAlerting: ReadonlySet<string> = new Set([
  ...['WalletCreated', 'WalletFrozen', 'WalletUnfrozen', 'VelocityRulesChanged', 'AlertRulesChanged'],
  ...['WalletClosed', 'WalletDetailsChanged'],
]);

it('the histories meet every refusal, every event, every command, replays and reused keys', () => {
  const met = new Set<string>();
  for (const history of [
    ...fc.sample(histories, { numRuns: 400, seed: 1 }),
    manyHolds,
    manyCaptures,
    manyReversals,
  ]) {
    const { steps, events } = play(history);
    for (const { step, expected, result } of steps) {
      met.add(expected.outcome);
      if ('verdict' in expected && 'refusal' in expected.verdict) met.add(expected.verdict.refusal.code);
      if (result.kind === 'answered' && 'accepted' in result.outcome) met.add(step.request.kind);
    }
    for (const { event } of events) {
      met.add(event.type);
      if (event.alerts !== undefined) met.add(`alert of ${event.type}`);
    }
  }
  const kinds = ['create', 'credit', 'debit', 'transfer', 'place', 'capture', 'void', 'adjust', 'freeze'];
  const outcomes = [
    'performed',
    'replayed',
    'keyReused',
    'unfreeze',
    'close',
    'limits',
    'velocity',
    'alerts',
    'details',
  ];
  const alerting = eventTypes.filter((type) => !neverAlerting.has(type)).map((type) => `alert of ${type}`);
  const named = [...kinds, 'reverse', 'endDue', ...Object.keys(refusalStatuses), ...eventTypes];
  const wanted = [...outcomes, ...named, ...alerting];
  expect(wanted.filter((each) => !met.has(each))).toEqual([]);
  expect([...Object.keys(refusalStatuses)]).toEqual(expect.arrayContaining([...rejectionCodes]));
});

it('the refusals of the specification have the order in which the domain checks', () => {
  const codes = Object.keys(refusalStatuses).filter((code) => code !== 'MOVEMENT_NOT_FOUND');
  expect(codes).toEqual(rejectionCodes);
});

it('the most open holds and the most captures are refused as the model says', () => {
  for (const history of [manyHolds, manyCaptures, manyReversals]) {
    const texts = new Map<string | undefined, string>();
    for (const step of play(history).steps) expectAnswer(step, texts);
  }
});

describe('every history', () => {
  it(
    'is answered as the model says, command by command, in batches of any cut',
    { timeout: hangsAfterMs },
    () => {
      const upgrades = fc.record({ opensAt: fc.nat(8), formerLevel: fc.integer({ min: 1, max: 5 }) });
      const property = fc.property(histories, upgrades, (history, upgrade) => {
        const firstTexts = new Map<string | undefined, string>();
        for (const step of play(history, upgrade, expectInvariants).steps) expectAnswer(step, firstTexts);
      });
      holds(property, 6_000);
    },
  );

  it(
    'leaves events that fold, through codec and evolve, to the wallets of the model',
    { timeout: hangsAfterMs },
    () => {
      const property = fc.property(histories, (history) => {
        const played = play(history);
        const { events, store, model } = played;
        const folded = new Map<string, Wallet>();
        for (const event of events) folded.set(event.walletId, evolve(folded.get(event.walletId), event));
        expect(folded).toEqual(store.wallets);
        expect([...folded.keys()]).toEqual([...model.wallets.keys()]);
        for (const [id, wallet] of folded) expectSame(wallet, model.wallets.get(id));
        const types = played.steps.flatMap(({ expected }) =>
          expected.outcome === 'performed' && 'events' in expected.verdict ? expected.verdict.events : [],
        );
        const alertsOf = ({ alerts = [] }: WalletEvent) => alerts.map(({ name }) => name);
        expect(
          events.map(({ event, walletId, version }) => [event.type, walletId, version, alertsOf(event)]),
        ).toEqual(types.map(({ type, wallet, alerts }) => [type, wallet.id, wallet.version, alerts]));
        const holdsOf = foldHolds(played);
        expect(holdsOf).toEqual(store.holds);
        expect(foldUses(played)).toEqual(store.uses);
        for (const hold of holdsOf.values()) {
          const wallet = model.wallets.get(hold.walletId) as ModelWallet;
          const expected = wallet.holds.get(hold.holdId);
          expect(JSON.stringify(toHoldAnswer(hold))).toBe(expected && holdText(expected, wallet));
        }
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
          const named = termsNotIn(batch);
          const terms = played.events.filter((event) =>
            named.some(({ walletId, version }) => event.walletId === walletId && event.version === version),
          );
          const { folded, unfoldable } = foldWallets(
            batch,
            new Map(firsts.map((first) => [first.walletId, first])),
            new Map(terms.map((event) => [`${event.walletId} ${event.version}`, event])),
          );
          expect(unfoldable).toEqual([]);
          for (const { wallet } of folded) {
            const shown = walletOf(
              JSON.parse(JSON.stringify(walletDocument(wallet))) as ReturnType<typeof walletDocument>,
            );
            expectSame(shown, versions.get(`${wallet.id} ${wallet.version}`));
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
        for (const event of events)
          for (const posting of postingsOf(event)) {
            const legs = legsOf(posting);
            expect(balanceOf(legs)).toBe(0n);
            for (const leg of legs) {
              const account = `${posting.layer} ${leg.account}`;
              accounts.set(account, [...(accounts.get(account) ?? []), leg]);
            }
          }
        for (const wallet of model.wallets.values()) {
          const { id, balanceMinor, currency } = wallet;
          const settled = accounts.get(`settled wallet:${id}`) ?? [];
          const pending = accounts.get(`pending wallet:${id}`) ?? [];
          expect(-balanceOf(settled)).toBe(balanceMinor);
          expect(balanceOf(pending)).toBe(heldOf(wallet));
          expect([...settled, ...pending].every((entry) => entry.currency === currency)).toBe(true);
          if (settled.length > 0) expect(settled.at(-1)?.balanceAfterMinor).toBe(balanceMinor);
          if (pending.length > 0) expect(pending.at(-1)?.balanceAfterMinor).toBe(heldOf(wallet));
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
