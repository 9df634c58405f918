// Moves money with the types that openapi-typescript makes and with openapi-fetch, and prints what the
// answers say.
import createClient from 'openapi-fetch';
import type { paths } from './types.ts';

const [url = '', walletId = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
const params = { path: { walletId } };
const made = await client.POST('/v1/wallets', {
  body: { walletId, ownerId: 'typescript', initialBalance: '9007199254740993.01' },
});
console.log(made.data?.balance satisfies string | undefined);
const credited = await client.POST('/v1/wallets/{walletId}/credit', { params, body: { amount: '0.01' } });
console.log(credited.data?.balance satisfies string | undefined);
const history = await client.GET('/v1/wallets/{walletId}/events', { params });
console.log(history.data?.events.length);
const refused = await client.POST('/v1/wallets/{walletId}/debit', {
  params,
  body: { amount: '9999999999999999.99' },
});
console.log(refused.error?.code);
