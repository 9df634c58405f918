// Makes webhook endpoints over the API, each with some wallets of its own. So an event goes to one endpoint
// at most, and the number of wallets with an endpoint bounds the deliveries.
import { harnessKey } from '../../harness/keys.ts';
import { createWalletClient, everyPage, valueOf } from '../../src/client/index.ts';
import { walletIdOf } from '../load/load.ts';

const madeAtOnce = 16;

export interface EndpointsOf {
  /** The API. */
  readonly url: string;
  readonly receivers: readonly string[];
  /** The first endpoint gets the wallets from this number on, and the next one those that follow. */
  readonly firstWallet: number;
  readonly walletsEach: number;
}

/** Gives their ids in the order of the receivers. */
export async function makeEndpoints(options: EndpointsOf): Promise<readonly string[]> {
  const { url, receivers, firstWallet, walletsEach } = options;
  const client = clientOf(url);
  const ids: string[] = [];
  while (ids.length < receivers.length) {
    const next = receivers.slice(ids.length, ids.length + madeAtOnce).map(async (receiver, offset) => {
      const first = firstWallet + (ids.length + offset) * walletsEach;
      const walletIds = Array.from({ length: walletsEach }, (_, number) => walletIdOf(first + number));
      return valueOf(await client.createWebhookEndpoint({ url: receiver, walletIds })).id;
    });
    ids.push(...(await Promise.all(next)));
  }
  return ids;
}

export async function deleteEndpoints(url: string, ids: readonly string[]): Promise<void> {
  const client = clientOf(url);
  for (const endpointId of ids) {
    const { ok } = await client.deleteWebhookEndpoint({ endpointId });
    if (!ok) throw new Error(`endpoint ${endpointId} was not deleted`);
  }
}

/** The number of endpoints that were handed to their retry workflows. */
export async function countRetrying(url: string): Promise<number> {
  const client = clientOf(url);
  let retrying = 0;
  for await (const { endpoints } of everyPage((cursor) =>
    client.listWebhookEndpoints({ limit: 100, ...cursor }),
  ))
    retrying += endpoints.filter(({ status }) => status === 'retrying').length;
  return retrying;
}

const clientOf = (url: string) => createWalletClient({ url, apiKey: harnessKey.text });
