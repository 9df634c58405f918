// wallet doctor: shows each part with its version, its problem and the advice. If the API does not answer,
// doctor asks Temporal directly.
import type { Command } from 'commander';
import { type components, type Result, WalletConnectionError } from '../src/client/index.ts';
import { readConfig } from '../src/config/config.ts';
import { type Context, contextOf, examples } from './context.ts';
import { ExitError, exits } from './exits.ts';
import { table } from './output.ts';
import { isFailing } from './projectionSubcommands.ts';

type Part = Omit<components['schemas']['Part'], 'part'> & { readonly part: string };

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show each part, its problem and what to do; exit code 4 if there is a problem')
    .addHelpText(
      'after',
      examples('wallet doctor', 'wallet doctor --json | jq ".parts[] | select(.problem)"'),
    )
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command);
      const parts = await inspect(context);
      const rows = parts.map((one) => [
        one.part,
        one.problem === null ? 'ok' : one.reachable ? 'problem' : 'away',
        one.version,
        `${one.answeredInMs} ms`,
        one.problem,
        one.advice,
      ]);
      const head = ['part', 'state', 'version', 'answered in', 'what is wrong', 'what to do'];
      context.output.result({ parts }, () => table(head, rows));
      if (parts.some(({ problem }) => problem !== null)) throw new ExitError(exits.differs);
    });
}

async function inspect(context: Context): Promise<readonly Part[]> {
  const { client, url } = context;
  const startedAt = performance.now();
  const [api, parts] = await Promise.all([
    asked(async () => answerOf(await client.getVersion())),
    asked(async () => answerOf(await client.listParts())),
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
    return [{ part: `api ${url}`, ...away }, await temporalFromHere()];
  }
  const there = { needed: true, reachable: true, version: api.value.version, answeredInMs };
  if ('failure' in parts) {
    const advice = 'Search its log for the request.';
    return [{ part: `api ${url}`, ...there, problem: parts.failure, advice }, await temporalFromHere()];
  }
  return [
    { part: `api ${url}`, ...there, problem: null, advice: null },
    ...parts.value.parts,
    await inspectProjections(context),
  ];
}

/** Reports the projections that fail, are paused, or have parked events. */
async function inspectProjections({ client }: Context): Promise<Part> {
  const startedAt = performance.now();
  const found = await asked(async () => answerOf(await client.listProjections()));
  const report = {
    part: 'projections',
    needed: false,
    reachable: !('failure' in found),
    version: null,
    answeredInMs: Math.round(performance.now() - startedAt),
  };
  if ('failure' in found) return { ...report, problem: found.failure, advice: 'See the parts above.' };
  const { projections } = found.value;
  const failing = projections.find(isFailing);
  const paused = projections.filter(({ schedule }) => schedule?.paused === true);
  const parked = projections.filter((one) => one.parked > 0);
  const names = (some: readonly { readonly projection: string }[]) =>
    some.map(({ projection }) => projection).join(', ');
  if (failing !== undefined)
    return {
      ...report,
      problem: `${failing.projection} fails: ${failing.schedule?.lastFailure ?? ''}`,
      advice: 'Repair that; it goes on by itself.',
    };
  if (paused.length > 0)
    return { ...report, problem: `paused: ${names(paused)}`, advice: 'wallet projections resume …' };
  if (parked.length > 0)
    return { ...report, problem: `parked events: ${names(parked)}`, advice: 'wallet parked list' };
  return { ...report, problem: null, advice: null };
}

async function temporalFromHere(): Promise<Part> {
  // Loaded only here, because loading takes longer than most commands.
  const { connectRecoveries } = await import('../src/temporal/connectRecoveries.ts');
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
