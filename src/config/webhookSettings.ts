// The settings of webhooks: under which keys their secrets are stored, and where they may be sent.
import { addressRanges, encryptionKeys, ports, secret, whole } from './settingKinds.ts';

export const webhookSettings = {
  WEBHOOK_SECRETS_KEY: secret(
    encryptionKeys(
      'key under which the secrets of webhooks are stored, the same for all processes; several with commas, of which the first stores and each reads. Without it there are no webhooks: their routes answer 503',
    ),
  ),
  WEBHOOK_ALLOWED_NETWORKS: addressRanges(
    'networks of your own that webhooks may be sent to, also over plain http; every other address has to be a public one, over https',
  ),
  WEBHOOK_PORTS: ports([443, 8443], 'ports that webhooks may be sent to'),
  WEBHOOK_ENDPOINTS_MAX: whole(100, 1, 10_000, 'webhook endpoints of one tenant'),
  WEBHOOK_REQUESTS_MAX: whole(
    256,
    1,
    10_000,
    'requests of webhooks that a process has under way at once; three times as many more may wait for an answer longer than a second',
  ),
  WEBHOOK_RETRY_ROUNDS_MAX: whole(
    16,
    1,
    50,
    'endpoints with a failing receiver that a worker tries at once; a receiver that never answers takes 15 s of each 5 minutes',
  ),
};
