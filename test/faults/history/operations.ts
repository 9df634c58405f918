// The requests of a history's clients: every operation, every refusal, hot and spread wallets, crossing
// transfers. paymentRequests.ts has those about holds, reversals and wallets themselves.
import { isMoving, type Request } from '../../support/model/requests.ts';
import { pick, type Random, whole } from '../../../harness/random.ts';
import type { Known } from './known.ts';
import { paymentRequest } from './paymentRequests.ts';

/** Hot: nearly everything on one wallet. Crossing: transfers between two wallets in both directions. */
export const shapes = ['spread', 'hot', 'crossing'] as const;
export type Shape = (typeof shapes)[number];

/**
 * A history's wallets by letter: four ordinary ones, two that are there to be closed, a nearly full one, one
 * in yen, and one that does not exist.
 */
const ordinary = ['a', 'b', 'c', 'd'] as const;
const brief = ['brief', 'short'] as const;
const letters = [...ordinary, ...brief, 'full', 'yen', 'absent'] as const;
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
      initialBalance: initialBalances[letter] ?? '50.00',
    }));
}

const initialBalances: Readonly<Partial<Record<Letter, string>>> = {
  ...{ full: '9999999999999990.00', yen: '5000', brief: '10.00', short: '0' },
};

const invalidAmounts = ['0', '0.00', '-1', '1e3', '1.234', '01', 'ten', '99999999999999999999', ''];
const shares = { create: 0.04, ifMatch: 0.12, invalid: 0.04, large: 0.05, transfer: 0.4 };
const descriptions = ['', 'coffee', 'Überweisung – 電車 🚃', '"quoted" \\ back'];

export interface NextRequest {
  readonly history: string;
  readonly shape: Shape;
  /** The share of requests about holds, reversals and wallets themselves. */
  readonly paymentShare: number;
  readonly known: Known;
  /** A name that no other request of the history has. */
  readonly fresh: string;
}

export function nextRequest(random: Random, next: NextRequest): Request {
  const { history, shape, paymentShare, known, fresh } = next;
  if (random() < shares.create) return pick(random, creations(history));
  const walletId = () => walletIdOf(history, pickLetter(random, shape));
  const description = () => pick(random, descriptions);
  const payee = () => walletIdOf(history, pick(random, ordinary.slice(1)));
  const toClose = () => walletIdOf(history, pick(random, brief));
  const asking = { random, known, walletId, payee, description, fresh, brief: toClose };
  const request = random() < paymentShare ? paymentRequest(asking) : movingRequest(random, shape, walletId);
  // A wanted version is named as it was seen, or as one beside it.
  if (random() >= (isMoving(request) ? shares.ifMatch : shares.ifMatch / 2)) return request;
  const seen = known.versions.get(request.walletId) ?? 1;
  return { ...request, ifMatch: [Math.max(1, seen + whole(random, 3) - 1)] } as Request;
}

function movingRequest(random: Random, shape: Shape, walletIdOf: () => string): Request {
  const shared = {
    walletId: walletIdOf(),
    amount: pickAmount(random),
    description: pick(random, descriptions),
  };
  const isTransfer = random() < (shape === 'crossing' ? 0.8 : shares.transfer);
  if (!isTransfer) return { kind: random() < 0.5 ? 'credit' : 'debit', ...shared };
  return { kind: 'transfer', toWalletId: walletIdOf(), ...shared };
}

function pickLetter(random: Random, shape: Shape): Letter {
  const chance = random();
  if (chance < 0.07) return pick(random, ['full', 'yen', 'absent', ...brief] as const);
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
