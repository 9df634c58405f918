// Makes the requests of a load, for the generators that are written in TypeScript. commands.lua makes the
// same ones.
import { randomBytes, randomInt } from 'node:crypto';
import { type Load, walletIdOf } from './load.ts';

export interface BenchRequest {
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

/**
 * Letters and digits that no other load shares, so that every key is sent once. Small enough to seed a
 * generator.
 */
export function newKeyPrefix(): string {
  return randomBytes(5).readUIntBE(0, 5).toString(36);
}

export function createRequests(load: Pick<Load, 'operation' | 'wallets'>): () => BenchRequest {
  const { operation, wallets } = load;
  const prefix = newKeyPrefix();
  let made = 0;
  return () => {
    made += 1;
    const key = `${prefix}-${made}`;
    if (operation === 'create') {
      return {
        path: '/wallets',
        key,
        body: `{"walletId":"${key}","ownerId":"owner-1","initialBalance":100.00}`,
      };
    }
    const from = randomInt(wallets.count);
    const path = `/wallets/${walletIdOf(wallets.first + from)}/${operation}`;
    if (operation !== 'transfer') return { path, key, body: '{"amount":1.00,"description":"bench"}' };
    const to = (from + randomInt(1, wallets.count)) % wallets.count;
    const toWalletId = walletIdOf(wallets.first + to);
    return { path, key, body: `{"toWalletId":"${toWalletId}","amount":1.00,"description":"bench"}` };
  };
}
