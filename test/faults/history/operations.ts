// The requests of a history's clients: every operation, every refusal, hot and spread wallets, crossing
// transfers.
import type { Request } from '../../support/model/requests.ts';
import { pick, type Random, whole } from '../../../harness/random.ts';

/** Hot: nearly everything on one wallet. Crossing: transfers between two wallets in both directions. */
export const shapes = ['spread', 'hot', 'crossing'] as const;
export type Shape = (typeof shapes)[number];

/**
 * A history's wallets by letter: four ordinary ones, a nearly full one, one in yen, and one that does not
 * exist.
 */
const ordinary = ['a', 'b', 'c', 'd'] as const;
const letters = [...ordinary, 'full', 'yen', 'absent'] as const;
type Letter = (typeof letters)[number];

function walletIdOf(history: string, letter: Letter): string {
  return `${history}.${letter}`;
}

export function ownerOf(history: string): string {
  return `${history}.owner`;
}

/** The requests that create the history's wallets. Its clients race for them. */
export function creations(history: string): readonly Request[] {
  return letters
    .filter((letter) => letter !== 'absent')
    .map((letter) => ({
      kind: 'create',
      walletId: walletIdOf(history, letter),
      ownerId: ownerOf(history),
      currency: letter === 'yen' ? 'JPY' : 'USD',
      initialBalance: letter === 'full' ? '9999999999999990.00' : letter === 'yen' ? '5000' : '50.00',
    }));
}

const invalidAmounts = ['0', '0.00', '-1', '1e3', '1.234', '01', 'ten', '99999999999999999999', ''];
const shares = { create: 0.04, ifMatch: 0.12, invalid: 0.04, large: 0.05, transfer: 0.4 };
const descriptions = ['', 'coffee', 'Überweisung – 電車 🚃', '"quoted" \\ back'];

/** The next request. `versionOf` gives the last version of a wallet that was seen. */
export function nextRequest(
  random: Random,
  history: string,
  shape: Shape,
  versionOf: (walletId: string) => number,
): Request {
  if (random() < shares.create) return pick(random, creations(history));
  const walletId = walletIdOf(history, pickLetter(random, shape));
  const wanted = random() < shares.ifMatch;
  const ifMatch = wanted ? { ifMatch: [Math.max(1, versionOf(walletId) + whole(random, 3) - 1)] } : {};
  const shared = {
    walletId,
    amount: pickAmount(random),
    description: pick(random, descriptions),
    ...ifMatch,
  };
  const isTransfer = random() < (shape === 'crossing' ? 0.8 : shares.transfer);
  if (!isTransfer) return { kind: random() < 0.5 ? 'credit' : 'debit', ...shared };
  return { kind: 'transfer', toWalletId: walletIdOf(history, pickLetter(random, shape)), ...shared };
}

function pickLetter(random: Random, shape: Shape): Letter {
  const chance = random();
  if (chance < 0.04) return pick(random, ['full', 'yen', 'absent'] as const);
  if (shape === 'hot' && chance < 0.75) return 'a';
  if (shape === 'crossing') return pick(random, ['a', 'b'] as const);
  return pick(random, ordinary);
}

function pickAmount(random: Random): string {
  const chance = random();
  if (chance < shares.invalid) return pick(random, invalidAmounts);
  if (chance < shares.invalid + shares.large) return pick(random, ['9000', '9999999999999000.00']);
  return chance < 0.4
    ? String(1 + whole(random, 30))
    : `${whole(random, 30)}.${String(1 + whole(random, 99)).padStart(2, '0')}`;
}
