// The answers of the executable specification, to the byte.
import { alertRulesText } from './alerts.ts';
import { decimalOf, largestMinor } from './amounts.ts';
import type { Accepted, Refusal } from './refusals.ts';
import type { Request } from './requests.ts';
import { rulesText } from './velocity.ts';
import { availableOf, heldOf, type ModelHold, type ModelWallet } from './wallets.ts';

/** The answers of a release, as this one gives them, or as the one before holds did. */
export type AnswerForm = 'now' | 'beforeHolds';

/** Stands for an id that the service makes. */
export const madeId = '<made by the service>';

/** A wallet as every read shows it, to the byte. */
export function walletText(wallet: ModelWallet, form: AnswerForm = 'now'): string {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  return (
    `{"id":"${id}","ownerId":"${ownerId}","balance":${decimalOf(balanceMinor, currency)},` +
    `${form === 'now' ? stateText(wallet) : ''}"version":${version},` +
    `"createdAt":"${createdAt}","updatedAt":"${updatedAt}","currency":"${currency}"}`
  );
}

/** A wallet as a read of one or a list shows it: with its metadata and labels, if it has some. */
export function readText(wallet: ModelWallet, form: AnswerForm = 'now'): string {
  const { metadata, labels } = wallet;
  const shown = {
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(labels.length > 0 && { labels }),
  };
  const text = walletText(wallet, form);
  return Object.keys(shown).length === 0 ? text : `${text.slice(0, -1)},${JSON.stringify(shown).slice(1)}`;
}

function stateText(wallet: ModelWallet): string {
  const { currency, status, freeze, minimumMinor, maximumMinor } = wallet;
  const money = (minor: bigint) => decimalOf(minor, currency);
  const frozen = freeze && JSON.stringify({ ...freeze, until: freeze.until ?? null });
  return (
    `"held":${money(heldOf(wallet))},"available":${money(availableOf(wallet))},"status":"${status}",` +
    (frozen === undefined ? '' : `"freeze":${frozen},`) +
    (minimumMinor === 0n ? '' : `"minimumBalance":${money(minimumMinor)},`) +
    (maximumMinor === largestMinor ? '' : `"maximumBalance":${money(maximumMinor)},`)
  );
}

export function holdText(hold: ModelHold, { id, currency }: ModelWallet): string {
  const money = (minor: bigint) => decimalOf(minor, currency);
  const { holdId, status, expiresAt, description, metadata, createdAt } = hold;
  const rest = JSON.stringify({
    ...{ currency, expiresAt, toWalletId: hold.toWalletId ?? null, description, metadata, createdAt },
    endedAt: hold.endedAt ?? null,
  });
  return (
    `{"holdId":"${holdId}","walletId":"${id}","status":"${status}","amount":${money(hold.amountMinor)},` +
    `"captured":${money(hold.capturedMinor)},"released":${money(hold.releasedMinor)},` +
    `"remaining":${money(hold.remainingMinor)},${rest.slice(1)}`
  );
}

/** Status and body of an accepted request. `madeId` stands for ids that the service makes. */
export function acceptedAnswer(
  { kind, walletId }: Pick<Request, 'kind' | 'walletId'>,
  accepted: Accepted,
  form: AnswerForm = 'now',
): { readonly status: number; readonly text: string } {
  const { shown, movementId } = accepted;
  const [one, two] = shown;
  if (one === undefined) throw new Error(`an accepted ${kind} shows a wallet`);
  const movement = movementId === undefined ? '' : `,"movementId":"${movementId}"`;
  const wallet = walletText(one, form);
  const other = (name: string) => (two === undefined ? '' : `,"${name}":${walletText(two, form)}`);
  switch (kind) {
    case 'transfer':
      return { status: 200, text: `{"fromWallet":${wallet}${other('toWallet')}${movement}}` };
    case 'place':
    case 'void':
    case 'adjust': {
      const hold = shownHold(accepted, one);
      return { status: kind === 'place' ? 201 : 200, text: `{"hold":${hold},"wallet":${wallet}${movement}}` };
    }
    case 'capture': {
      const amount = decimalOf(accepted.capturedMinor ?? 0n, one.currency);
      const capture = `{"captureId":"${madeId}","amount":${amount}}`;
      const parts = `"capture":${capture},"hold":${shownHold(accepted, one)},"wallet":${wallet}`;
      return { status: 201, text: `{${parts}${other('toWallet')}${movement}}` };
    }
    case 'close':
      return { status: 200, text: `{"wallet":${wallet}${other('toWallet')}${movement}}` };
    case 'velocity': {
      const rules = rulesText(one, accepted.at);
      return { status: 200, text: `${wallet.slice(0, -1)},"rules":${rules}${movement}}` };
    }
    case 'alerts':
      return { status: 200, text: `${wallet.slice(0, -1)},"alerts":${alertRulesText(one)}${movement}}` };
    case 'details': {
      const details = JSON.stringify({ metadata: one.metadata, labels: one.labels }).slice(1, -1);
      return { status: 200, text: `${wallet.slice(0, -1)},${details}${movement}}` };
    }
    case 'reverse': {
      // The movement begins with the payer. The answer begins with the wallet that the request names.
      const [named = one, otherSide] = two?.id === walletId ? [two, one] : shown;
      const others = otherSide === undefined ? '' : `,"otherWallet":${walletText(otherSide, form)}`;
      const parts = `"reversal":${reversalText(accepted, one)},"wallet":${walletText(named, form)}`;
      return { status: 201, text: `{${parts}${others}${movement}}` };
    }
    default:
      return { status: kind === 'create' ? 201 : 200, text: `${wallet.slice(0, -1)}${movement}}` };
  }
}

function shownHold({ hold }: Accepted, wallet: ModelWallet): string {
  if (hold === undefined) throw new Error('an accepted request about a hold shows it');
  return holdText(hold, wallet);
}

function reversalText({ reversal }: Accepted, { currency }: ModelWallet): string {
  if (reversal === undefined) throw new Error('an accepted reversal shows what went back');
  const { amountMinor, reversedMinor, remainingMinor, reason } = reversal;
  const money = (minor: bigint) => decimalOf(minor, currency);
  return (
    `{"amount":${money(amountMinor)},"reversed":${money(reversedMinor)},` +
    `"remaining":${money(remainingMinor)},"reason":"${reason}"}`
  );
}

/** All that a refusal tells besides its sentence, its title and the wrong fields. */
export function refusalMembers({ walletId, currentVersion, numbers, facts }: Refusal): object {
  return { walletId, ...(currentVersion !== undefined && { currentVersion }), ...numbers, ...facts };
}
