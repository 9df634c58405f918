// rebuild, recover, verify: starts a recovery, or joins the one that runs, and follows it to its end.
import { type Command, Option } from 'commander';
import { type Input, valueOf } from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { ExitError, exits } from './exits.ts';
import { facts, table } from './output.ts';
import { type Recovery, watchRecovery } from './watchRecovery.ts';
import { whole } from './walletSubcommands.ts';

interface RebuildOptions {
  readonly wallet?: string;
  readonly all?: true;
  readonly ledger?: true;
  readonly slices?: number;
  readonly detach?: true;
}

export function addRecoveryCommands(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('make a projection anew from the event store, while the service goes on')
    .addOption(new Option('--wallet <walletId>', 'one wallet').conflicts(['all', 'ledger']))
    .addOption(new Option('--all', 'the whole read model').conflicts(['wallet', 'ledger']))
    .addOption(new Option('--ledger', 'the whole ledger').conflicts(['wallet', 'all']))
    .option('--slices <count>', 'with --all: parts that are filled side by side', whole)
    .option('--detach', 'start it and leave')
    .addHelpText(
      'after',
      examples(
        'wallet rebuild --all',
        'wallet rebuild --ledger --detach',
        'wallet rebuild watch',
        'wallet rebuild pause rebuild-ledger',
      ),
    )
    .action(async (options: RebuildOptions, command: Command) => {
      const { wallet, all, ledger, slices, detach } = options;
      const context = contextOf(command);
      if (wallet !== undefined)
        return run(context, { type: 'rebuildWalletReadModel', walletId: wallet }, detach);
      if (all)
        return run(
          context,
          { type: 'rebuildAllReadModels', ...(slices !== undefined && { slices }) },
          detach,
        );
      if (ledger) return run(context, { type: 'rebuildLedger' }, detach);
      command.error('error: say what to rebuild: --wallet <walletId>, --all or --ledger', {
        exitCode: exits.usage,
      });
    });
  rebuild
    .command('watch')
    .description('join a recovery that runs')
    .argument('[workflowId]', 'the latest that runs, where none is given')
    .addHelpText('after', examples('wallet rebuild watch', 'wallet rebuild watch rebuild-ledger'))
    .action(async (workflowId: string | undefined, _: unknown, command: Command) => {
      const context = contextOf(command);
      finish(context, await watchRecovery(context, workflowId ?? (await latestRunning(context))));
    });
  rebuild
    .command('list')
    .description('recoveries that run, then those that ended')
    .addHelpText('after', examples('wallet rebuild list'))
    .action(async (_: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.listRecoveries());
      const rows = found.recoveries.map((one) => [
        one.workflowId,
        one.type,
        one.state,
        one.startedAt,
        one.closedAt,
      ]);
      output.result(found, () => table(['workflow', 'type', 'state', 'started', 'ended'], rows));
    });
  for (const [verb, description] of [
    ['pause', 'hold a recovery; it keeps its place'],
    ['resume', 'let a recovery go on'],
    ['cancel', 'end a recovery; it removes what it made'],
  ] as const) {
    rebuild
      .command(verb)
      .description(description)
      .argument('<workflowId>')
      .addHelpText('after', examples(`wallet rebuild ${verb} rebuild-read-model`))
      .action(async (workflowId: string, _: unknown, command: Command) => {
        const { client, output } = contextOf(command);
        const steer = {
          pause: client.pauseRecovery,
          resume: client.resumeRecovery,
          cancel: client.cancelRecovery,
        };
        const found = valueOf(await steer[verb]({ workflowId }));
        const state = verb === 'cancel' ? 'is being cancelled' : `is ${found.progress?.status ?? 'unknown'}`;
        output.result(found, () => `${workflowId} ${state}.`);
      });
  }
  addRecoverAndVerify(program);
}

function addRecoverAndVerify(program: Command): void {
  program
    .command('recover')
    .description('put right what was left behind')
    .command('stale')
    .description('project again what is overdue, and events that lost their outbox row')
    .option('--full', 'look at the whole log instead of what came since the last look')
    .option('--older-than <seconds>', 'what counts as overdue', whole)
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet recover stale --full'))
    .action(async (options: { full?: true; olderThan?: number; detach?: true }, command: Command) => {
      const { full, olderThan, detach } = options;
      const input = {
        type: 'retryStaleEvents' as const,
        ...(full && { full }),
        ...(olderThan !== undefined && { olderThanS: olderThan }),
      };
      await run(contextOf(command), input, detach);
    });
  program
    .command('verify')
    .description('compare everything with the event store; exit code 4 where something differs')
    .option('--repair', 'mend each difference, then look again')
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet verify', 'wallet verify --repair'))
    .action(async ({ repair, detach }: { repair?: true; detach?: true }, command: Command) => {
      await run(contextOf(command), { type: 'verifyProjections', ...(repair && { repair }) }, detach);
    });
}

/** Starts it, or joins the one that runs, and follows it. */
async function run(context: Context, input: Input<'startRecovery'>, detach = false): Promise<void> {
  const { client, output } = context;
  const started = await client.startRecovery(input);
  if (!started.ok && started.problem.code === 'RECOVERY_RUNNING') {
    const { workflowId = '' } = started.problem;
    if (detach) valueOf(started);
    output.note(`${workflowId} runs already; joining it.`);
    finish(context, await watchRecovery(context, workflowId));
    return;
  }
  const { workflowId, url, ...rest } = valueOf(started);
  if (detach) {
    output.result(
      { workflowId, url, ...rest },
      () => `${workflowId} runs: ${url}\nwallet rebuild watch ${workflowId}`,
    );
    return;
  }
  output.note(url);
  finish(context, await watchRecovery(context, workflowId));
}

async function latestRunning({ client, output }: Context): Promise<string> {
  const { recoveries } = valueOf(await client.listRecoveries());
  const running = recoveries.find(({ state }) => state === 'RUNNING');
  if (running !== undefined) return running.workflowId;
  output.note('No recovery runs. Those that ended: wallet rebuild list');
  throw new ExitError(exits.refused);
}

interface FoundDifferences {
  readonly differences?: unknown;
  readonly differencesCount?: number;
  readonly remaining?: { readonly differencesCount: number } | null;
}

/** Says how it ended; what ended otherwise than well, or left something different, has an exit code of its own. */
function finish({ output }: Context, recovery: Recovery): void {
  const { workflowId, state, failure, result, url } = recovery;
  const found = (result ?? {}) as FoundDifferences & Readonly<Record<string, unknown>>;
  const numbers = Object.entries(found).filter(([, value]) => typeof value === 'number') as [
    string,
    number,
  ][];
  output.result(recovery, () =>
    facts([
      [workflowId, state.toLowerCase()],
      ...numbers,
      ...differencesOf(found),
      ...(failure === null
        ? []
        : ([
            ['failure', failure],
            ['see', url],
          ] as const)),
    ]),
  );
  const differs = (found.remaining ?? found).differencesCount ?? 0;
  if (state !== 'COMPLETED' || differs > 0) throw new ExitError(exits.differs);
}

function differencesOf({ differences }: FoundDifferences): [string, string][] {
  if (!Array.isArray(differences)) return [];
  return differences.map((one, at) => [`difference ${at + 1}`, JSON.stringify(one)]);
}
