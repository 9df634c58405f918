// A movement of money in the words of a support desk. Pure.
import { amount } from './format.ts';
import { type Booking, firstEventOf, type Movement, type MovementView } from './movementQueries.ts';

export const typeTitles = {
  create: 'Wallet created',
  credit: 'Credit',
  debit: 'Debit',
  transfer: 'Transfer',
  hold: 'Hold',
  capture: 'Capture',
  release: 'Release of a hold',
  reversal: 'Given back',
  change: 'Change of the wallet',
} as const satisfies Record<Movement['type'], string>;

/** "25.00 USD from wallet-001 to wallet-002". */
export function movementInWords({ type, from, to, ...movement }: Movement): string {
  const money = `${amount(movement.amount)} ${movement.currency}`;
  const { walletId } = firstEventOf(movement);
  const payer = from?.walletId ?? 'outside';
  const payee = to?.walletId ?? 'outside';
  if (type === 'create') return `${payee} was created with ${money}`;
  if (type === 'hold') return `${money} of ${walletId} were set aside`;
  if (type === 'release') return `${money} of ${walletId} are available again`;
  if (type === 'change') return `${walletId} was changed, and no money moved`;
  return `${money} from ${payer} to ${payee}`;
}

/** The types of movements that leave every balance as it is. They have no payer and no payee. */
const still: ReadonlySet<Movement['type']> = new Set(['hold', 'release', 'change']);

export function isStill({ type }: Pick<Movement, 'type'>): boolean {
  return still.has(type);
}

/** Who pays whom, for a column each. A movement that moves nothing names its wallet alone. */
export function partiesOf(movement: Movement): { readonly from: string; readonly to: string } {
  if (isStill(movement)) return { from: firstEventOf(movement).walletId, to: '–' };
  return { from: movement.from?.walletId ?? 'outside', to: movement.to?.walletId ?? 'outside' };
}

export interface Verdict {
  readonly store: string;
  readonly verdict: 'has it' | 'waits' | 'lacks it';
  readonly words: string;
}

/** Whether each store that is made from the events has the movement. */
export function whereItIs({ readModel, ledger }: MovementView): readonly Verdict[] {
  return [
    ...readModel.map(({ walletId, hasIt }): Verdict => {
      const store = `Read model of ${walletId}`;
      if (hasIt) return { store, verdict: 'has it', words: 'Reads of the wallet show it.' };
      return {
        store,
        verdict: 'waits',
        words: 'It does not have it yet, or does not answer. Reads come from the event store and are right.',
      };
    }),
    { store: 'Ledger', ...ledgerVerdict(ledger) },
  ];
}

function ledgerVerdict({ state, reason }: Booking): Omit<Verdict, 'store'> {
  switch (state) {
    case 'booked':
      return { verdict: 'has it', words: 'Its entries are below.' };
    case 'nothing to book':
      return { verdict: 'has it', words: 'No money moved, so there is nothing to book.' };
    case 'waiting':
      return { verdict: 'waits', words: 'It is not booked yet. The money has moved all the same.' };
    case 'parked':
      return { verdict: 'lacks it', words: `It is parked: ${reason ?? 'no reason is known'}` };
    case 'skipped':
      return { verdict: 'lacks it', words: `An operator skipped it: ${reason ?? 'no reason is known'}` };
    case 'missing':
      return { verdict: 'lacks it', words: 'Its entries are gone. Start "Verify and repair".' };
    default:
      return state satisfies never;
  }
}
