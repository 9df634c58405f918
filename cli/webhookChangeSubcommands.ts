// webhooks create, update: where events are sent, and which ones.
import { type Command, Option } from 'commander';
import { type Input, valueOf } from '../src/client/index.ts';
import { callOptions } from './changes.ts';
import { contextOf, examples } from './context.ts';
import { issue, secretFileOption } from './issuedSecrets.ts';
import { exampleId, showEndpoint } from './webhookTables.ts';

type Created = Input<'createWebhookEndpoint'>;
type Changed = Input<'changeWebhookEndpoint'>;
export type Signing = NonNullable<Created['signing']>;

const howToVerify = 'The receiver verifies each request with it: see "A receiver" in docs/webhooks.md.';

export const signingOption = () =>
  new Option('--signing <kind>', 'how it signs; with ed25519 the receiver holds a public key alone').choices([
    'hmac',
    'ed25519',
  ]);

export function addWebhookChangeCommands(webhooks: Command): void {
  addCreate(webhooks);
  addUpdate(webhooks);
}

interface FilterOptions {
  readonly type?: readonly string[];
  readonly wallet?: readonly string[];
  readonly label?: readonly string[];
  readonly description?: string;
}

function filtering(command: Command): Command {
  return command
    .option('--type <type...>', 'only events of these types, such as wallet.credited.v1')
    .option('--wallet <id...>', 'only events of these wallets')
    .option('--label <label...>', 'only events of wallets with one of these labels')
    .option('--description <text>', 'for people');
}

function filterOf({ type, wallet, label, description }: FilterOptions) {
  return {
    ...(type !== undefined && { types: [...type] as NonNullable<Created['types']> }),
    ...(wallet !== undefined && { walletIds: [...wallet] }),
    ...(label !== undefined && { labels: [...label] }),
    ...(description !== undefined && { description }),
  };
}

interface CreateOptions extends FilterOptions {
  readonly unordered?: true;
  readonly signing: Signing;
  readonly key?: string;
  readonly file?: string;
}

function addCreate(webhooks: Command): void {
  filtering(
    webhooks
      .command('create')
      .description('send events to a URL from now on; the secret of the endpoint is shown once')
      .argument('<url>'),
  )
    .option('--unordered', 'send each event by itself, not those of a wallet one after the other')
    .addOption(signingOption().default('hmac'))
    .option('--key <key>', 'idempotency key: repeats of the command make one endpoint, and show its secret')
    .addOption(secretFileOption('secret'))
    .addHelpText(
      'after',
      examples(
        'wallet webhooks create https://hooks.example.com/wallets --type wallet.credited.v1 wallet.debited.v1',
        'wallet webhooks create https://hooks.example.com/wallets --label vip --file webhook-secret',
      ),
    )
    .action(async (url: string, options: CreateOptions, command: Command) => {
      const context = contextOf(command);
      const { signing, unordered, file } = options;
      const input: Created = { url, signing, ordered: unordered !== true, ...filterOf(options) };
      await issue(context, file, {
        member: 'secret',
        ask: () => context.client.createWebhookEndpoint(input, callOptions(options)),
        nameOf: ({ id }) => `the secret of webhook endpoint ${id}`,
        remarks: () => [howToVerify],
      });
    });
}

interface UpdateOptions extends FilterOptions {
  readonly receiver?: string;
  readonly anyType?: true;
  readonly anyWallet?: true;
  readonly anyLabel?: true;
}

function addUpdate(webhooks: Command): void {
  filtering(
    webhooks
      .command('update')
      .description('change the URL, the filter or the description of a webhook endpoint')
      .argument('<endpointId>')
      .option('--receiver <url>', 'where the events go from now on'),
  )
    .addOption(new Option('--any-type', 'events of all types').conflicts('type'))
    .addOption(new Option('--any-wallet', 'events of all wallets').conflicts('wallet'))
    .addOption(new Option('--any-label', 'no matter which labels').conflicts('label'))
    .addHelpText(
      'after',
      examples(
        `wallet webhooks update ${exampleId} --receiver https://new.example.com/wallets`,
        `wallet webhooks update ${exampleId} --any-type --wallet wallet-001`,
      ),
    )
    .action(async (endpointId: string, options: UpdateOptions, command: Command) => {
      const change: Omit<Changed, 'endpointId'> = {
        ...filterOf(options),
        ...(options.receiver !== undefined && { url: options.receiver }),
        ...(options.anyType && { types: null }),
        ...(options.anyWallet && { walletIds: null }),
        ...(options.anyLabel && { labels: null }),
      };
      if (Object.keys(change).length === 0) command.error('error: say with an option what to change');
      const { client, output } = contextOf(command);
      const endpoint = valueOf(await client.changeWebhookEndpoint({ ...change, endpointId }));
      output.result(endpoint, () => showEndpoint(endpoint));
    });
}
