// rebuild, recover stale, verify: start a recovery, or join the one that runs, and follow it to its end.
// `recovery` lists, watches, pauses, resumes and cancels recoveries of any kind.
import { type Command, Option } from 'commander';
import { type Input, type Output, valueOf } from '../src/client/index.ts';
import { type RecoveryKind, recoveryKinds } from '../src/workflows/recovery/recoveryKinds.ts';
import { type Context, contextOf, examples } from './context.ts';
import { ExitError, exits } from './exits.ts';
import { paged, type PageOptions, showList, whole } from './lists.ts';
import { facts, table } from './output.ts';
import { type Recovery, watchRecovery } from './watchRecovery.ts';

type Options = Readonly<Record<string, unknown>>;

interface RebuildOptions extends Options {
  readonly wallet?: string;
  readonly all?: true;
  readonly ledger?: true;
  readonly detach?: true;
}

export function addRecoveryCommands(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('rebuild a projection from the event store while the service goes on')
    .addOption(new Option('--wallet <walletId>', 'one wallet').conflicts(['all', 'ledger']))
    .addOption(new Option('--all', 'the whole read model').conflicts(['wallet', 'ledger']))
    .addOption(new Option('--ledger', 'the whole ledger').conflicts(['wallet', 'all']));
  addFieldOptions(rebuild, 'rebuildAllReadModels');
  rebuild
    .option('--detach', 'start it and leave')
    .addHelpText(
      'after',
      examples('wallet rebuild --all', 'wallet rebuild --ledger --detach', 'wallet recovery watch'),
    )
    .action(async (options: RebuildOptions, command: Command) => {
      const { wallet, all, ledger, detach } = options;
      const context = contextOf(command);
      if (wallet !== undefined)
        return runRecovery(context, { type: 'rebuildWalletReadModel', walletId: wallet }, detach);
      if (all)
        return runRecovery(
          context,
          { type: 'rebuildAllReadModels', ...fieldsFrom(command, 'rebuildAllReadModels') },
          detach,
        );
      if (ledger)
        return runRecovery(
          context,
          { type: 'rebuildLedger', ...fieldsFrom(command, 'rebuildLedger') },
          detach,
        );
      command.error('error: say what to rebuild: --wallet <walletId>, --all or --ledger', {
        exitCode: exits.usage,
      });
    });
  // These were typed as `wallet rebuild watch` before `wallet recovery` existed.
  addSteering(rebuild, 'hidden');
  addSteering(
    program.command('recovery').description('list, watch, pause, resume and cancel recoveries of any kind'),
  );
  addRecoverAndVerify(program);
}

function addSteering(parent: Command, visibility?: 'hidden'): void {
  const hidden = visibility === 'hidden';
  parent
    .command('watch', { hidden })
    .description('join a running recovery')
    .argument('[workflowId]', 'the latest that runs, if none is given')
    .addHelpText('after', examples('wallet recovery watch', 'wallet recovery watch verify-projections'))
    .action(async (workflowId: string | undefined, _: unknown, command: Command) => {
      const context = contextOf(command);
      finish(context, await watchRecovery(context, workflowId ?? (await latestRunning(context))));
    });
  paged(parent.command('list', { hidden }).description('list running recoveries, then those that ended'))
    .addHelpText('after', examples('wallet recovery list'))
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command);
      // After `rebuild list`, the parent's own `--all` takes this one.
      await showList(context, command.optsWithGlobals<PageOptions>(), {
        ...{ member: 'recoveries', noun: 'recoveries' },
        ask: context.client.listRecoveries,
        show: tableOfRecoveries,
      });
    });
  for (const [verb, description] of [
    ['pause', 'pause a recovery; it keeps what it has done'],
    ['resume', 'resume a paused recovery'],
    ['cancel', 'cancel a recovery; a rebuild removes what it made'],
  ] as const) {
    parent
      .command(verb, { hidden })
      .description(description)
      .argument('<workflowId>')
      .addHelpText('after', examples(`wallet recovery ${verb} rebuild-read-model`))
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
}

type Listed = Output<'listRecoveries'>['recoveries'][number];

function tableOfRecoveries(recoveries: readonly Listed[]): string {
  const rows = recoveries.map((one) => [one.workflowId, one.type, one.state, one.startedAt, one.closedAt]);
  const none = 'No recovery was started yet. Start one with: wallet verify';
  return table(['workflow', 'type', 'state', 'started', 'ended'], rows, none);
}

function addRecoverAndVerify(program: Command): void {
  const stale = program
    .command('recover')
    .description('project overdue events')
    .command('stale')
    .description('project overdue events again, and restore lost outbox rows');
  addFieldOptions(stale, 'retryStaleEvents');
  stale
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet recover stale --full'))
    .action(async ({ detach }: { detach?: true }, command: Command) => {
      const input = { type: 'retryStaleEvents' as const, ...fieldsFrom(command, 'retryStaleEvents') };
      await runRecovery(contextOf(command), input, detach);
    });
  const verify = program
    .command('verify')
    .description('compare everything with the event store; exit code 4 if something differs');
  addFieldOptions(verify, 'verifyProjections');
  verify
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet verify', 'wallet verify --repair'))
    .action(async ({ detach }: { detach?: true }, command: Command) => {
      const input = { type: 'verifyProjections' as const, ...fieldsFrom(command, 'verifyProjections') };
      await runRecovery(contextOf(command), input, detach);
    });
}

/** One option for each field of the recovery's argument that the command line can set. */
function fieldOptions(kind: RecoveryKind) {
  return Object.entries(recoveryKinds[kind].fields).flatMap(([name, rule]) => {
    if (rule.type === 'id' || rule.option === undefined) return [];
    const option = new Option(rule.option.flags, rule.option.help);
    return [{ name, option: rule.type === 'count' ? option.argParser(whole) : option }];
  });
}

function addFieldOptions(command: Command, kind: RecoveryKind): void {
  for (const { option } of fieldOptions(kind)) command.addOption(option);
}

/** The fields that were typed. */
function fieldsFrom(command: Command, kind: RecoveryKind): Options {
  const options = command.opts<Options>();
  const typed = fieldOptions(kind).map(
    ({ name, option }) => [name, options[option.attributeName()]] as const,
  );
  return Object.fromEntries(typed.filter(([, value]) => value !== undefined));
}

/** Starts a recovery, or joins the one that runs, and follows it to its end. */
export async function runRecovery(
  context: Context,
  input: Input<'startRecovery'>,
  detach = false,
): Promise<void> {
  const { client, output } = context;
  const started = await client.startRecovery(input);
  if (!started.ok && started.problem.code === 'RECOVERY_RUNNING') {
    const { workflowId } = started.problem;
    if (detach) valueOf(started);
    output.note(`${workflowId} runs already; joining it.`);
    finish(context, await watchRecovery(context, workflowId));
    return;
  }
  const { workflowId, url, ...rest } = valueOf(started);
  if (detach) {
    output.result(
      { workflowId, url, ...rest },
      () => `${workflowId} runs: ${url}\nwallet recovery watch ${workflowId}`,
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
  const detail = 'No recovery runs. Those that ended: wallet recovery list';
  output.note(detail);
  throw new ExitError(exits.refused, { code: 'NO_RECOVERY_RUNS', detail });
}

interface FoundDifferences {
  readonly differences?: unknown;
  readonly differencesCount?: number;
  readonly remaining?: { readonly differences?: unknown; readonly differencesCount: number } | null;
  readonly brokenStreams?: number;
  readonly coverage?: Readonly<Record<string, number | boolean>> & {
    readonly complete: boolean;
    readonly logIsBroken: boolean;
    readonly comparedTo: number;
    readonly head: number;
    readonly parked: number;
  };
}

/**
 * Prints how the recovery ended. A recovery that failed, left differences or broken streams, or could not
 * compare everything, ends with the exit code `differs`.
 */
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
      ...coverageOf(found),
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
  const isWhole = found.coverage?.complete !== false && (found.brokenStreams ?? 0) === 0;
  if (state !== 'COMPLETED' || differs > 0 || !isWhole) throw new ExitError(exits.differs);
}

const unrepaired: [string, string] = ['repaired', 'nothing, because the log itself lacks events'];

function coverageOf({ coverage, brokenStreams = 0 }: FoundDifferences): [string, string][] {
  const broken: [string, string][] =
    brokenStreams === 0 ? [] : [['see', 'wallet verify names the broken streams']];
  if (coverage === undefined) return broken;
  const { comparedTo, head, parked, skipped = 0, records = 0, complete, logIsBroken } = coverage;
  return [
    ...broken,
    [
      'compared to',
      `event ${comparedTo} of ${head}${complete ? '' : ', so this is no complete verification'}`,
    ],
    ['not compared', `${parked} parked, ${String(skipped)} skipped`],
    ['accepted commands', String(records)],
    ...(logIsBroken ? [unrepaired] : []),
  ];
}

/** The differences, and after a repair which of them were repaired and which are left. */
function differencesOf({ differences, remaining }: FoundDifferences): [string, string][] {
  if (!Array.isArray(differences)) return [];
  const left: readonly unknown[] = Array.isArray(remaining?.differences) ? remaining.differences : [];
  const isLeft = new Set(left.map(keyOf));
  const label = (one: unknown) => {
    if (remaining === null || remaining === undefined) return 'difference';
    return isLeft.has(keyOf(one)) ? 'left' : 'repaired';
  };
  const known = new Set(differences.map(keyOf));
  const later = left.filter((one) => !known.has(keyOf(one)));
  const all: readonly unknown[] = [...(differences as unknown[]), ...later];
  return all.map((one, at) => [
    `${label(one)} ${at + 1}`,
    `${JSON.stringify(one)}${isLeft.has(keyOf(one)) ? `: ${whyLeft(one)}` : ''}`,
  ]);
}

function keyOf(difference: unknown): string {
  const { where, walletId, position } = difference as Readonly<Record<string, unknown>>;
  return JSON.stringify([where, walletId, position]);
}

/** Why a repair could not end this difference. */
function whyLeft(difference: unknown): string {
  const { where } = difference as { readonly where?: unknown };
  if (where === 'stream' || where === 'transfer')
    return 'an event of it breaks a rule, and events are never changed';
  return 'it differs again: see whether something else writes to it, and repeat';
}
