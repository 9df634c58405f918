// A typed client over the API of a test, whose answers get lost when a test says so.
import { createWalletClient, type WalletClient } from 'wallet-service/client';
import type { TestApi } from './api.ts';

export interface LossyClient {
  readonly client: WalletClient;
  /** So many next answers get lost on their way back. */
  readonly lose: (answers: number) => void;
}

export function createLossyClient(
  api: TestApi,
  options: Pick<Parameters<typeof createWalletClient>[0], 'retries'> = {},
): LossyClient {
  let losses = 0;
  const client = createWalletClient({
    url: 'http://wallets',
    ...options,
    fetch: async (url, init) => {
      const response = await api.app.request(url, init);
      if (losses === 0) return response;
      losses -= 1;
      throw new TypeError('the answer got lost');
    },
  });
  return {
    client,
    lose: (answers) => {
      losses = answers;
    },
  };
}
