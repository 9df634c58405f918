// `wallet keys …`: makes, lists, rotates and revokes API keys. The first key of an installation is made by
// `npm run keys`, with the rights of the database.
import type { Command } from 'commander';
import { type Output, type Result, valueOf } from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { issue, secretFileOption } from './issuedSecrets.ts';
import { hours, paged, type PageOptions, showList } from './lists.ts';
import { table } from './output.ts';

interface CreateOptions {
  readonly scope: readonly string[];
  readonly operator?: true;
  readonly expires?: string;
  readonly address?: readonly string[];
  readonly file?: string;
}

type Issued = Output<'createKey'>;
type Listed = Output<'listKeys'>['keys'][number];

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('make, list, rotate and revoke API keys');
  keys
    .command('create')
    .description('make an API key; it is shown once')
    .argument('<name>')
    .requiredOption('--scope <scope...>', 'what it may do, such as wallets:read')
    .option('--operator', 'may act in every tenant')
    .option('--expires <time>', 'first moment at which it is refused, such as 2027-01-01T00:00:00Z')
    .option('--address <network...>', 'works only from these addresses or networks')
    .addOption(secretFileOption('key'))
    .addHelpText('after', examples('wallet keys create checkout --scope wallets:read money:credit'))
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const context = contextOf(command);
      const input = {
        ...{ name, scopes: [...options.scope] as Issued['scopes'], operator: options.operator ?? false },
        ...(options.expires !== undefined && { expiresAt: options.expires }),
        ...(options.address !== undefined && { allowedAddresses: [...options.address] }),
      };
      await issueKey(context, options.file, () => context.client.createKey(input as never));
    });
  paged(keys.command('list').description('list API keys, also those that have ended'))
    .addHelpText('after', examples('wallet keys list'))
    .action(async (options: PageOptions, command: Command) => {
      const context = contextOf(command);
      await showList(context, options, {
        ...{ member: 'keys', noun: 'keys' },
        ask: context.client.listKeys,
        show: tableOfKeys,
      });
    });
  addEndingCommands(keys);
}

function addEndingCommands(keys: Command): void {
  keys
    .command('rotate')
    .description('replace an API key; the old one works for a while')
    .argument('<keyId>')
    .option('--overlap-hours <hours>', 'how long the old key still works', hours, 24)
    .addOption(secretFileOption('key'))
    .addHelpText('after', examples('wallet keys rotate 0DkB3tWcJ9sLmA --overlap-hours 2'))
    .action(async (keyId: string, options: { overlapHours: number; file?: string }, command: Command) => {
      const context = contextOf(command);
      const { overlapHours, file } = options;
      await issueKey(context, file, () => context.client.rotateKey({ keyId, overlapHours }));
    });
  keys
    .command('revoke')
    .description('revoke an API key at once')
    .argument('<keyId>')
    .addHelpText('after', examples('wallet keys revoke 0DkB3tWcJ9sLmA'))
    .action(async (keyId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      output.result(valueOf(await client.revokeKey({ keyId })), () => `${keyId} is revoked.`);
    });
}

function issueKey(
  context: Context,
  file: string | undefined,
  ask: () => Promise<Result<Issued>>,
): Promise<void> {
  return issue(context, file, { member: 'key', ask, nameOf: ({ id }) => `key ${id}` });
}

function tableOfKeys(keys: readonly Listed[]): string {
  const rows = keys.map((one) => [
    ...[one.id, one.name, one.status, one.operator ? 'yes' : 'no', one.scopes.join(' ')],
    ...[one.expiresAt, one.lastUsedAt, one.replacedBy],
  ]);
  const head = ['key', 'name', 'state', 'operator', 'scopes', 'expires', 'last used', 'replaced by'];
  return table(head, rows, 'There is no key yet.');
}
