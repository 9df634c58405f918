// Ways in which a webhook endpoint does not deliver. All of them lead to one receiver on this machine, which
// answers as a way says.
import { randomBytes } from 'node:crypto';
import { createSecretBox } from '../../../src/webhooks/secretBox.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';
import { eventually } from '../../support/eventually.ts';
import { answers, ok } from '../../support/webhookLane.ts';
import type { Condition } from './installation.ts';
import type { Way } from './way.ts';
import { typed, type WorkSurroundings } from './workWays.ts';

type WebhookWay = Way<WorkSurroundings>;

async function addEndpoint({ installation, receiver }: WorkSurroundings): Promise<string> {
  const made = await installation.post('/webhook-endpoints', { url: receiver.url });
  if (made.status !== 201) throw new Error(`the endpoint was not made: ${await made.text()}`);
  return ((await made.json()) as { readonly id: string }).id;
}

let wallets = 0;

async function createWallet({ installation }: WorkSurroundings): Promise<void> {
  wallets += 1;
  const made = await installation.post('/wallets', { walletId: `webhook-${wallets}`, ownerId: 'owner' });
  if (made.status !== 201) throw new Error(`the wallet was not made: ${await made.text()}`);
}

async function until({ pool }: WorkSurroundings, endpointId: string, state: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(`select from webhook_endpoints where id = $1 and ${state}`, [
      endpointId,
    ]);
    return rowCount === 1;
  }, 60_000);
}

/** The receiver is well again, and somebody types what doctor says. */
async function repairReceiver(all: WorkSurroundings, { command, problem }: Condition): Promise<void> {
  all.receiver.answerWith(ok);
  if (command === null) throw new Error(`no line to type against "${problem}"`);
  await typed(all, command);
}

async function clear({ pool, receiver }: WorkSurroundings): Promise<void> {
  receiver.answerWith(ok);
  await pool.query('delete from webhook_endpoints');
}

export const webhookWays: readonly WebhookWay[] = [
  {
    name: 'the key of a secret of a webhook is lost',
    conditions: ['webhook-secrets-unreadable'],
    strike: async (all) => {
      const id = await addEndpoint(all);
      const lost = createSecretBox({ WEBHOOK_SECRETS_KEY: [randomBytes(32)] });
      await all.pool.query('update webhook_secrets set box = $2 where endpoint_id = $1', [
        id,
        lost?.seal(newSecret('hmac').text, id),
      ]);
    },
    repair: async (all, { advice }) => {
      const [, line] = /(wallet webhooks rotate-secret \S+)\.$/.exec(advice) ?? [];
      if (line === undefined) throw new Error(`"${advice}" names no line to type`);
      await typed(all, line);
    },
    clear,
  },
  {
    name: 'a receiver of webhooks refused an event ten times',
    conditions: ['webhook-wallets-held-up'],
    strike: async (all) => {
      const id = await addEndpoint(all);
      await createWallet(all);
      await all.pool.query(
        `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, state, attempts, settled_at)
         select $1, position, 0, wallet_id, version, 'wallet.created.v1', true, 'failed', 10, now()
           from events
          order by position desc
          limit 1
             on conflict do nothing`,
        [id],
      );
    },
    clear,
  },
  {
    name: 'a receiver of webhooks has failed for a day',
    conditions: ['webhook-endpoints-failing'],
    strike: async (all) => {
      all.receiver.answerWith(answers(500));
      const id = await addEndpoint(all);
      for (let made = 0; made < 3; made += 1) await createWallet(all);
      await until(all, id, `lane = 'retry'`);
      await all.pool.query(
        `update webhook_endpoints set first_failure_at = now() - interval '25 hours' where id = $1`,
        [id],
      );
    },
    repair: repairReceiver,
    clear,
  },
  {
    name: 'a receiver of webhooks answers 410',
    conditions: ['webhook-endpoints-disabled'],
    strike: async (all) => {
      all.receiver.answerWith(answers(410));
      const id = await addEndpoint(all);
      await createWallet(all);
      await until(all, id, `state = 'disabled'`);
    },
    repair: repairReceiver,
    clear,
  },
];
