// wallet doctor: shows each part with its version, its problem and the advice. If the API does not answer,
// doctor asks Temporal directly. With --dismiss it settles a failure of the past first.
import type { Command } from 'commander';
import { type components, type Result, valueOf, WalletConnectionError } from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { ExitError, exits, keyAdvice } from './exits.ts';
import { table } from './output.ts';

type Part = Omit<components['schemas']['Part'], 'part'> & { readonly part: string };
type Condition = components['schemas']['Condition'];

type ConditionName = components['schemas']['DismissHealth']['condition'];

interface DoctorOptions {
  readonly dismiss?: string;
  readonly reason?: string;
}

interface Seen {
  readonly parts: readonly Part[];
  /** What the service itself finds wrong. Empty if it does not answer; `parts` then say so. */
  readonly conditions: readonly Condition[];
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show each part, its problem and what to do; exit code 4 if there is a problem')
    .option('--dismiss <condition>', 'dismiss a failure of the past: every occurrence that it tells of now')
    .option('--reason <text>', 'why it is settled; needed with --dismiss')
    .addHelpText(
      'after',
      examples(
        'wallet doctor',
        'wallet doctor --json | jq ".conditions[]"',
        'wallet doctor --dismiss recovery-failed --reason "the ledger was rebuilt under another id"',
      ),
    )
    .action(async ({ dismiss, reason }: DoctorOptions, command: Command) => {
      const context = contextOf(command);
      if ((dismiss === undefined) !== (reason === undefined))
        command.error("error: '--dismiss <condition>' and '--reason <text>' need each other");
      if (dismiss !== undefined && reason !== undefined) {
        await dismissAll(context, dismiss as ConditionName, reason);
        return;
      }
      const seen = await inspect(context);
      const head = ['part', 'state', 'version', 'answered in', 'what is wrong', 'what to do'];
      context.output.result(seen, () => table(head, rowsOf(seen)));
      if (seen.conditions.length > 0 || seen.parts.some(({ problem }) => problem !== null))
        throw new ExitError(exits.differs);
    });
}

/** Dismisses the occurrences that the service tells of now, and shows what is kept of each. */
async function dismissAll(
  { client, output }: Context,
  condition: ConditionName,
  reason: string,
): Promise<void> {
  const { conditions } = valueOf(await client.getHealth());
  const told = conditions.filter(({ name }) => name === condition);
  const dismissals: components['schemas']['Dismissal'][] = [];
  for (const { occurrence } of told) {
    // The service refuses a condition that tells what is so now, and says why.
    const named = { condition, occurrence: occurrence ?? 'now', reason };
    dismissals.push(valueOf(await client.dismissHealth(named)));
  }
  output.result({ dismissals }, () =>
    dismissals.length === 0
      ? `${condition} is not told now: there is nothing to dismiss.`
      : table(
          ['condition', 'occurrence', 'dismissed', 'why'],
          dismissals.map((one) => [one.condition, one.occurrence, one.dismissedAt, one.reason]),
        ),
  );
}

/** One row for each part that is well, otherwise one for each of its problems. */
function rowsOf({ parts, conditions }: Seen): readonly (readonly (string | null)[])[] {
  return parts.flatMap((one) => {
    const state = one.problem === null ? 'ok' : one.reachable ? 'problem' : 'away';
    const facts = [one.part, state, one.version, `${one.answeredInMs} ms`];
    const own = conditions.filter(({ part }) => part === one.part);
    if (own.length === 0) return [[...facts, one.problem, one.advice]];
    return own.map((condition) => [...facts, condition.problem, adviceOf(condition)]);
  });
}

/** What the service judges besides its parts. */
const judgedBesides = ['projections', 'recoveries', 'events', 'process'] as const;

function partOf(part: string, conditions: readonly Condition[], answeredInMs: number): Part {
  const own = conditions.filter((one) => one.part === part);
  const [first] = own;
  return {
    part,
    needed: false,
    reachable: true,
    version: null,
    answeredInMs,
    problem: first === undefined ? null : own.map(({ problem }) => problem).join(' '),
    advice: first === undefined ? null : own.map(adviceOf).join(' '),
  };
}

function adviceOf({ advice, command }: Condition): string {
  return command === null ? advice : `${advice} ${command}`;
}

async function inspect(context: Context): Promise<Seen> {
  const { client, url } = context;
  const startedAt = performance.now();
  const [api, parts, health] = await Promise.all([
    asked(async () => answerOf(await client.getVersion())),
    asked(async () => answerOf(await client.listParts())),
    asked(async () => answerOf(await client.getHealth())),
  ]);
  const answeredInMs = Math.round(performance.now() - startedAt);
  if ('failure' in api) {
    const advice = 'Start it (npm start, node server/main.ts), or see --url and WALLET_URL.';
    const away = {
      needed: true,
      reachable: false,
      version: null,
      answeredInMs,
      problem: api.failure,
      advice,
    };
    return { parts: [{ part: `api ${url}`, ...away }, await temporalFromHere()], conditions: [] };
  }
  const there = { needed: true, reachable: true, version: api.value.version, answeredInMs };
  const failed = [parts, health].find((one) => 'failure' in one);
  if ('failure' in parts || 'failure' in health) {
    const problem = failed !== undefined && 'failure' in failed ? failed.failure : 'does not answer';
    const advice = adviceFor(problem);
    return {
      parts: [{ part: `api ${url}`, ...there, problem, advice }, await temporalFromHere()],
      conditions: [],
    };
  }
  const { conditions } = health.value;
  return {
    parts: [
      { part: `api ${url}`, ...there, problem: null, advice: null },
      ...parts.value.parts,
      ...judgedBesides.map((part) => partOf(part, conditions, answeredInMs)),
    ],
    conditions,
  };
}

function adviceFor(problem: string): string {
  const [code] = problem.split(':');
  if (code === 'UNAUTHENTICATED') return `${keyAdvice}.`;
  if (code === 'FORBIDDEN') return 'Use a key that has this scope (wallet keys list).';
  return 'Search its log for the request.';
}

async function temporalFromHere(): Promise<Part> {
  // Loaded only here, because loading takes longer than most commands.
  const { connectRecoveries } = await import('../src/temporal/connectRecoveries.ts');
  const { readConfig } = await import('../src/config/config.ts');
  const config = readConfig(process.env);
  const { recoveries, close } = connectRecoveries(config);
  const startedAt = performance.now();
  const facts = await asked(() => recoveries.temporalFacts());
  const answeredInMs = Math.round(performance.now() - startedAt);
  // A connection that was never made has nothing to close.
  if (!('failure' in facts)) await close();
  const report = { part: `temporal ${config.TEMPORAL_ADDRESS}`, needed: false, answeredInMs };
  return 'failure' in facts
    ? { ...report, reachable: false, version: null, problem: facts.failure, advice: 'See TEMPORAL_ADDRESS.' }
    : { ...report, reachable: true, version: facts.value.serverVersion, problem: null, advice: null };
}

function answerOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.problem.code}: ${result.problem.detail}`);
}

/** Turns an error into a value, because a part that does not answer is a finding of doctor. */
async function asked<T>(
  ask: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: string }> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (error instanceof WalletConnectionError || error instanceof Error) return { failure: error.message };
    throw error;
  }
}
