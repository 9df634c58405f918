// The settings of webhooks: under which keys their secrets are stored.
import { encryptionKeys, secret } from './settingKinds.ts';

export const webhookSettings = {
  WEBHOOK_SECRETS_KEY: secret(
    encryptionKeys(
      'key under which the secrets of webhooks are stored, the same for all processes; write a new one before the old one, with a comma, to change it. Without it there are no webhooks: their routes answer 503',
    ),
  ),
};
