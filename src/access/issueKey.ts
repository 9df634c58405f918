// Makes a new key: its text, which is shown once, and its row, which holds only a hash.
import type { NewKey } from './apiKeys.ts';
import { type KeyKind, makeKeyText, type RandomBytes } from './keyText.ts';
import { hashKey, type Pepper } from './peppers.ts';

type Granted = Omit<NewKey, 'id' | 'pepperId' | 'hash'>;

export type IssueKey = (granted: Granted) => { readonly text: string; readonly row: NewKey };

export function createIssueKey(
  peppers: readonly Pepper[],
  kind: KeyKind,
  randomBytes: RandomBytes,
): IssueKey {
  return ({ tenant, operator, name, scopes, allowedAddresses, createdBy, expiresAt }) => {
    const { id, text } = makeKeyText(kind, randomBytes);
    const granted = { tenant, operator, name, scopes, allowedAddresses, createdBy, expiresAt };
    return { text, row: { id, ...granted, ...hashKey(peppers, text) } };
  };
}
