// `wallet webhooks …`: lists, enables, disables and deletes webhook endpoints, and replaces their secrets.
// The files beside it make and change endpoints, and steer their deliveries.
import type { Command } from 'commander';
import { valueOf } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { issue, secretFileOption } from './issuedSecrets.ts';
import { hours, paged, type PageOptions, showList } from './lists.ts';
import { addWebhookChangeCommands, type Signing, signingOption } from './webhookChangeSubcommands.ts';
import { addWebhookSendingCommands } from './webhookSendingSubcommands.ts';
import { exampleId, showEndpoint, tableOfEndpoints } from './webhookTables.ts';

export function addWebhookCommands(program: Command): void {
  const webhooks = program.command('webhooks').description('have events sent to the URLs of your programs');
  addReads(webhooks);
  addWebhookChangeCommands(webhooks);
  addEnding(webhooks);
  addRotateSecret(webhooks);
  addWebhookSendingCommands(webhooks);
}

function addReads(webhooks: Command): void {
  paged(webhooks.command('list').description('list webhook endpoints'))
    .addHelpText('after', examples('wallet webhooks list'))
    .action(async (options: PageOptions, command: Command) => {
      const context = contextOf(command);
      await showList(context, options, {
        ...{ member: 'endpoints', noun: 'endpoints' },
        ask: context.client.listWebhookEndpoints,
        show: tableOfEndpoints,
      });
    });
  webhooks
    .command('show')
    .description('read a webhook endpoint: whether it delivers, since when it fails, its last attempt')
    .argument('<endpointId>')
    .addHelpText('after', examples(`wallet webhooks show ${exampleId}`))
    .action(async (endpointId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const endpoint = valueOf(await client.getWebhookEndpoint({ endpointId }));
      output.result(endpoint, () => showEndpoint(endpoint));
    });
}

function addEnding(webhooks: Command): void {
  for (const [verb, description, outcome] of [
    ['enable', 'go on where a webhook endpoint stopped; nothing is lost', 'enabled, and goes on'],
    ['disable', 'stop the deliveries of a webhook endpoint; what happens waits', 'disabled, and events wait'],
  ] as const)
    webhooks
      .command(verb)
      .description(description)
      .argument('<endpointId>')
      .addHelpText('after', examples(`wallet webhooks ${verb} ${exampleId}`))
      .action(async (endpointId: string, _: unknown, command: Command) => {
        const { client, output } = contextOf(command);
        const enabled = verb === 'enable';
        const endpoint = valueOf(await client.changeWebhookEndpoint({ endpointId, enabled }));
        output.result(endpoint, () => `${endpointId} is ${outcome}.`);
      });
  webhooks
    .command('delete')
    .description('delete a webhook endpoint at once, with its secrets and what waits')
    .argument('<endpointId>')
    .addHelpText('after', examples(`wallet webhooks delete ${exampleId}`))
    .action(async (endpointId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const endpoint = valueOf(await client.deleteWebhookEndpoint({ endpointId }));
      output.result(endpoint, () => `${endpointId} is deleted.`);
    });
}

interface RotateOptions {
  readonly overlapHours: number;
  /** As the secret before, if it is left out. */
  readonly signing?: Signing;
  readonly file?: string;
}

function addRotateSecret(webhooks: Command): void {
  webhooks
    .command('rotate-secret')
    .description('replace the secret of a webhook endpoint; the new one is shown once')
    .argument('<endpointId>')
    .option('--overlap-hours <hours>', 'how long the earlier secrets still sign; 0 ends them', hours, 24)
    .addOption(signingOption())
    .addOption(secretFileOption('secret'))
    .addHelpText('after', examples(`wallet webhooks rotate-secret ${exampleId} --overlap-hours 2`))
    .action(async (endpointId: string, { file, ...options }: RotateOptions, command: Command) => {
      const context = contextOf(command);
      await issue(context, file, {
        member: 'secret',
        ask: () => context.client.rotateWebhookSecret({ endpointId, ...options }),
        nameOf: () => `the secret of webhook endpoint ${endpointId}`,
        remarks: ({ overlapHours }) => [
          overlapHours === 0
            ? 'Earlier secrets sign nothing any more.'
            : `Earlier secrets sign for ${overlapHours} h more, so give the receiver the new one until then.`,
        ],
      });
    });
}
