// The commands projections status|pause|resume, outbox, and parked list|retry|skip.
import { Argument, type Command } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import { type ProjectionName, projectionNames } from '../src/projections/registry.ts';
import { contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList, whole } from './lists.ts';
import { duration, facts, table } from './output.ts';

type ParkedEvent = components['schemas']['ParkedEvent'];

type State = components['schemas']['ProjectionState'];

/** True if events wait and the current run has failed. Its last error is then the reason. */
function isFailing({ behind, schedule }: State): boolean {
  return behind > 0 && typeof schedule?.lastFailure === 'string';
}

function stateOf(state: State): string {
  if (state.schedule === null) return 'no schedule, or no Temporal';
  if (state.schedule.paused) return 'paused';
  return isFailing(state) ? 'fails' : 'runs';
}

const projection = () => new Argument('<projection>').choices(projectionNames);

export function addProjectionCommands(program: Command): void {
  const projections = program.command('projections').description('show, pause and resume the projections');
  projections
    .command('status', { isDefault: true })
    .description('show how far each projection is, what is parked, and whether it is paused')
    .addHelpText(
      'after',
      examples('wallet projections', 'wallet projections --json | jq ".projections[].behind"'),
    )
    .action(async (_: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.listProjections());
      const rows = found.projections.map((one) => [
        one.projection,
        String(one.position),
        one.behind,
        duration(one.waitingMs),
        one.parked,
        stateOf(one),
        isFailing(one) ? one.schedule?.lastFailure : (one.schedule?.note ?? ''),
      ]);
      const head = ['projection', 'position', 'behind', 'lag', 'parked', 'schedule', 'note'];
      output.result(found, () => table(head, rows));
    });
  for (const [verb, description] of [
    ['pause', 'pause a projection; its run ends in a second or two, and its events wait in the outbox'],
    ['resume', 'resume a projection at once'],
  ] as const) {
    projections
      .command(verb)
      .description(description)
      .addArgument(projection())
      .option('--note <text>', 'the reason, for the next operator')
      .addHelpText('after', examples(`wallet projections ${verb} ledger --note "index moves"`))
      .action(async (name: ProjectionName, { note }: { note?: string }, command: Command) => {
        const { client, output } = contextOf(command);
        const steer = verb === 'pause' ? client.pauseProjection : client.resumeProjection;
        const found = valueOf(await steer({ projection: name, ...(note !== undefined && { note }) }));
        output.result(found, () => `${name} is ${found.schedule.paused ? 'paused' : 'running'}.`);
      });
  }

  program
    .command('outbox')
    .description('show the events that are not projected yet')
    .addHelpText('after', examples('wallet outbox', 'wallet outbox --json | jq .unprocessed'))
    .action(async (_: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.getOutbox());
      output.result(found, () =>
        facts([
          ['unprocessed', found.unprocessed],
          ['oldest', found.oldest],
          ['lag', found.lagMs === null ? null : duration(found.lagMs)],
        ]),
      );
    });
  addParkedEventCommands(program);
}

interface ParkedOptions extends PageOptions {
  readonly projection?: ProjectionName;
}

function addParkedEventCommands(program: Command): void {
  const parked = program
    .command('parked')
    .alias('failures')
    .description('show, retry and skip events that could not be projected');
  paged(parked.command('list', { isDefault: true }).description('list parked events'))
    .option('--projection <projection>', projectionNames.join(' or '))
    .addHelpText('after', examples('wallet parked', 'wallet parked list --projection ledger'))
    .action(async (options: ParkedOptions, command: Command) => {
      const context = contextOf(command);
      const only = options.projection === undefined ? {} : { projection: options.projection };
      await showList(context, options, {
        ...{ member: 'failures', noun: 'parked events' },
        ask: (page) => context.client.listFailures({ ...only, ...page }),
        show: tableOf,
      });
    });
  parked
    .command('retry')
    .description('try a parked event again now')
    .addArgument(projection())
    .argument('<position>', 'of the event', whole)
    .addHelpText('after', examples('wallet parked retry ledger 17'))
    .action(async (name: ProjectionName, position: number, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const event = valueOf(await client.retryFailure({ projection: name, position }));
      output.result(event, () => tableOf([event]));
    });
  parked
    .command('skip')
    .description('give up a parked event; the projection lacks it until a rebuild can take it')
    .addArgument(projection())
    .argument('<position>', 'of the event', whole)
    .requiredOption('--reason <text>', 'why; kept for good')
    .addHelpText(
      'after',
      examples('wallet parked skip ledger 17 --reason "test event of a tool that is gone"'),
    )
    .action(
      async (name: ProjectionName, position: number, { reason }: { reason: string }, command: Command) => {
        const { client, output } = contextOf(command);
        const event = valueOf(await client.skipFailure({ projection: name, position, reason }));
        output.result(event, () => tableOf([event]));
      },
    );
}

function tableOf(events: readonly ParkedEvent[]): string {
  const rows = events.map((one) => [
    one.projection,
    String(one.position),
    one.walletId,
    one.attempts,
    one.resolution ?? `again at ${one.nextAttemptAt}`,
    one.lastError,
  ]);
  return table(
    ['projection', 'position', 'wallet', 'attempts', 'state', 'last error'],
    rows,
    'Nothing is parked.',
  );
}
