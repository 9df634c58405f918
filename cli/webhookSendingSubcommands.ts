// webhooks test, deliveries, replay, replays, show-replay, resume: what a webhook endpoint was sent, and how
// it is sent again.
import { type Command, Option } from 'commander';
import { type components, type Input, valueOf } from '../src/client/index.ts';
import { callOptions, commandFacts } from './changes.ts';
import { contextOf, examples } from './context.ts';
import { ExitError, exits } from './exits.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { facts } from './output.ts';
import {
  exampleId,
  exampleReplayId,
  showReplay,
  tableOfDeliveries,
  tableOfReplays,
} from './webhookTables.ts';

type Status = components['schemas']['WebhookDelivery']['status'];
type Replayed = Input<'replayWebhookEvents'>;

export function addWebhookSendingCommands(webhooks: Command): void {
  addTest(webhooks);
  addDeliveries(webhooks);
  addReplay(webhooks);
  addReplays(webhooks);
  addResume(webhooks);
}

function addTest(webhooks: Command): void {
  webhooks
    .command('test')
    .description('send a test event now, and show how it went; exit code 4 if it failed')
    .argument('<endpointId>')
    .addHelpText('after', examples(`wallet webhooks test ${exampleId}`))
    .action(async (endpointId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const tested = valueOf(await client.testWebhookEndpoint({ endpointId }));
      const { outcome, statusClass, reason, ms } = tested;
      output.result(tested, () =>
        facts([
          ['test', outcome],
          ['answer', statusClass],
          ['reason', reason],
          ['answered in', `${ms} ms`],
        ]),
      );
      if (outcome === 'failed') throw new ExitError(exits.differs);
    });
}

function addDeliveries(webhooks: Command): void {
  paged(
    webhooks
      .command('deliveries')
      .description('list the deliveries that did not succeed at once, the newest event first')
      .argument('<endpointId>'),
  )
    .addOption(
      new Option('--status <status>', 'only these').choices(['pending', 'delivered', 'failed', 'skipped']),
    )
    .addHelpText('after', examples(`wallet webhooks deliveries ${exampleId} --status pending`))
    .action(
      async (endpointId: string, options: PageOptions & { readonly status?: Status }, command: Command) => {
        const context = contextOf(command);
        const status = options.status === undefined ? {} : { status: options.status };
        await showList(context, options, {
          ...{ member: 'deliveries', noun: 'deliveries' },
          ask: (page) => context.client.listWebhookDeliveries({ endpointId, ...status, ...page }),
          show: tableOfDeliveries,
        });
      },
    );
}

interface ReplayOptions {
  readonly from: string;
  readonly to?: string;
  readonly type?: readonly string[];
  readonly key?: string;
}

function addReplay(webhooks: Command): void {
  webhooks
    .command('replay')
    .description('send events of the past once more, beside the new ones')
    .argument('<endpointId>')
    .requiredOption('--from <time>', 'events that happened then or later; RFC 3339')
    .option('--to <time>', 'until then; now if none is given')
    .option('--type <type...>', 'only events of these types')
    .option('--key <key>', 'idempotency key: repeats of the command send once, and show how far it is')
    .addHelpText(
      'after',
      examples(
        `wallet webhooks replay ${exampleId} --from 2026-11-01T00:00:00Z --to 2026-11-02T00:00:00Z --key fix-17`,
      ),
    )
    .action(async (endpointId: string, options: ReplayOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const { from, to, type } = options;
      const input = {
        ...{ endpointId, from, ...(to !== undefined && { to }) },
        ...(type !== undefined && { types: [...type] as NonNullable<Replayed['types']> }),
      };
      const asked = await client.replayWebhookEvents(input, callOptions(options));
      const replay = { ...valueOf(asked), replayed: commandFacts(asked).replayed };
      output.result(replay, () => showReplay(replay));
      if (replay.outcome === null)
        output.note(`To see how far it is: wallet webhooks show-replay ${endpointId} ${replay.id}`);
    });
}

function addReplays(webhooks: Command): void {
  paged(
    webhooks
      .command('replays')
      .description('list the replays of a webhook endpoint, the newest first')
      .argument('<endpointId>'),
  )
    .addHelpText('after', examples(`wallet webhooks replays ${exampleId}`))
    .action(async (endpointId: string, options: PageOptions, command: Command) => {
      const context = contextOf(command);
      await showList(context, options, {
        ...{ member: 'replays', noun: 'replays', show: tableOfReplays },
        ask: (page) => context.client.listWebhookReplays({ endpointId, ...page }),
      });
    });
  webhooks
    .command('show-replay')
    .description('show how far a replay is, and why it waits or failed')
    .argument('<endpointId>')
    .argument('<replayId>')
    .addHelpText('after', examples(`wallet webhooks show-replay ${exampleId} ${exampleReplayId}`))
    .action(async (endpointId: string, replayId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const replay = valueOf(await client.getWebhookReplay({ endpointId, replayId }));
      output.result(replay, () => showReplay(replay));
    });
}

function addResume(webhooks: Command): void {
  webhooks
    .command('resume')
    .description('have a webhook endpoint go on, from what failed or from now; enables it, too')
    .argument('<endpointId>')
    .addOption(
      new Option('--from <where>', 'parked tries again all that failed; now leaves out what waits')
        .choices(['parked', 'now'])
        .makeOptionMandatory(),
    )
    .addHelpText('after', examples(`wallet webhooks resume ${exampleId} --from parked`))
    .action(async (endpointId: string, { from }: { from: 'parked' | 'now' }, command: Command) => {
      const { client, output } = contextOf(command);
      const endpoint = valueOf(await client.resumeWebhookEndpoint({ endpointId, from }));
      const outcome =
        from === 'parked' ? 'tries again all that failed' : 'leaves out what happened until now';
      output.result(endpoint, () => `${endpointId} ${outcome}.`);
    });
}
