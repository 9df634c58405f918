// `npm run -s stack -- …`: shows and steers the running stack, and runs its clients.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';
import { askStack } from './control.ts';
import { runInForeground } from './foreground.ts';
import { onPath } from './onPath.ts';
import { StackError, partNames, type PartName } from './part.ts';
import { cacheDirOf, varDirOf } from './paths.ts';
import { portsFrom } from './ports.ts';
import { createProgress, silent } from './progress.ts';
import { runSql } from './sql.ts';
import { startStack } from './stack.ts';
import { readState, type State } from './state.ts';
import { temporalProgram } from './temporal.ts';

reachLoopbackDirectly(process.env);
const environment = process.env;

const usage = `npm run -s stack -- …
  urls             addresses of the running stack as KEY=VALUE lines
  status           its processes
  stop <name>      stops one of them on purpose, the others go on
  start <name>     starts it again
  temporal …       the Temporal command line, pointed at it
  psql …           psql, or a small runner of -c "sql" where there is none, pointed at it
  up [part …]      runs only these parts (${partNames.join(', ')}) in the foreground`;

function running(): State {
  const state = readState(varDirOf(environment));
  if (state !== undefined) return state;
  throw new StackError(`Nothing runs on ${varDirOf(environment)}; start it with \`npm start\`.`);
}

/** Runs a client in place of this process, on the same terminal. */
async function handOver(command: string, args: readonly string[], more: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...environment, ...more } });
  // Ctrl-C is for the client, which also receives it from the terminal.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

async function temporalClient(args: readonly string[]): Promise<number> {
  const { TEMPORAL_ADDRESS } = running().urls;
  const program = await temporalProgram({
    cacheDir: cacheDirOf(environment),
    environment,
    progress: silent,
    signal: new AbortController().signal,
  });
  return handOver(program, args, { TEMPORAL_ADDRESS });
}

async function sqlClient(args: readonly string[]): Promise<number> {
  const { DATABASE_URL: serviceUrl, DATABASE_MIGRATION_URL: DATABASE_URL = serviceUrl } = running().urls;
  const psql = onPath('psql', environment);
  if (psql === undefined) return runSql(DATABASE_URL, args);
  return handOver(psql, ['--dbname', DATABASE_URL, ...args], {});
}

async function up(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !partNames.includes(name as PartName));
  if (unknown.length > 0) {
    throw new StackError(`There is no part ${unknown.join(', ')}; there is ${partNames.join(', ')}.`);
  }
  const parts = names.length === 0 ? partNames : (names as readonly PartName[]);
  const ports = await portsFrom(environment);
  const say = (line: string) => {
    console.log(line);
  };
  return runInForeground({
    say,
    start: ({ stop, hurry }) =>
      startStack({
        parts,
        varDir: varDirOf(environment),
        ports,
        environment,
        progress: createProgress(say),
        sayRestart: say,
        signal: stop,
        hurry,
      }),
    continue() {
      say('Ready. Ctrl-C stops everything.');
      return Promise.resolve();
    },
  });
}

async function main(command: string, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'urls':
      for (const [name, url] of Object.entries(running().urls)) console.log(`${name}=${url}`);
      return 0;
    case 'status':
      console.log(await askStack(running().control, 'status'));
      return 0;
    case 'stop':
    case 'start':
      console.log(await askStack(running().control, `${command}/${args[0] ?? ''}`));
      return 0;
    case 'temporal':
      return temporalClient(args);
    case 'psql':
      return sqlClient(args);
    case 'up':
      return up(args);
    default:
      console.error(usage);
      return 1;
  }
}

try {
  process.exit(await main(process.argv[2] ?? '', process.argv.slice(3)));
} catch (error) {
  const reason = startFailure(error);
  if (reason === undefined) throw error;
  console.error(reason);
  process.exit(1);
}
