// `npm start`: runs the whole system on this machine until Ctrl-C. With `--dev` it restarts the API and the
// worker when a source file changes. With `--keys` the API asks for keys, and the CLI finds one by itself.
import path from 'node:path';
import pretty from 'pino-pretty';
import { withSecrets } from '../src/config/config.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';
import { applications, type ApplicationOptions, asksForKeys, ensureApiKey, migrate } from './applications.ts';
import { runInForeground } from './foreground.ts';
import { partNames, type Urls } from './part.ts';
import { varDirOf } from './paths.ts';
import { portsFrom, type Ports } from './ports.ts';
import { createProgress } from './progress.ts';
import { restartOnChange } from './restart.ts';
import { startStack, type Stack } from './stack.ts';

reachLoopbackDirectly(process.env);
const watch = process.argv.includes('--dev');
const keyFile = path.join(varDirOf(process.env), 'api-key');
const say = (line: string) => {
  console.log(line);
};
const progress = createProgress(say);

async function main(): Promise<number> {
  // A part whose address is in a file is not started either.
  const environment = withSecrets(process.env);
  const keys = asksForKeys(process.argv, environment);
  const ports = await portsFrom(environment);
  const startedAt = performance.now();
  return runInForeground({
    say,
    start: ({ stop, hurry }) =>
      startStack({
        parts: partNames,
        varDir: varDirOf(environment),
        ports,
        reserve: ['api', 'worker'],
        environment,
        progress,
        sayRestart: say,
        signal: stop,
        hurry,
      }),
    async continue(stack, signal) {
      const { urls, apiKeyPeppers, webhookSecretsKey } = stack;
      const options = { urls, apiKeyPeppers, webhookSecretsKey, ports, environment, keys };
      await startApplications(stack, options, signal);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      say(welcome(urls, ports, seconds, keys));
      if (!watch) return;
      await restartOnChange({
        supervisor: stack.supervisor,
        names: ['server', 'worker'],
        prepare: () => migrate(options, signal),
        say,
        signal,
      });
    },
  });
}

async function startApplications(
  stack: Stack,
  options: ApplicationOptions,
  signal: AbortSignal,
): Promise<void> {
  await progress.step('Migrating the database', () => migrate(options, signal));
  if (options.keys)
    await progress.step('Making the local API key', () => ensureApiKey(options, keyFile, signal));
  const show = logView();
  await progress.step('Starting the API and the worker', () =>
    Promise.all(
      applications(options).map(([name, program]) =>
        stack.supervisor.launch({
          name,
          rank: 'application',
          program,
          onOutput: show,
          // The next change of a source file may correct the mistake.
          ...(watch ? { onDeath: say } : {}),
        }),
      ),
    ),
  );
}

/** On a terminal log lines are made readable. Elsewhere they stay JSON. */
function logView(): (chunk: Buffer) => void {
  if (!process.stdout.isTTY) return (chunk) => process.stdout.write(chunk);
  const view = pretty({ destination: process.stdout, sync: true, singleLine: true, ignore: 'pid,hostname' });
  return (chunk) => view.write(chunk);
}

function welcome(urls: Urls, ports: Ports, seconds: string, keys: boolean): string {
  const withKey = keys ? ` (sign in with the key in ${keyFile})` : '';
  const api = `http://127.0.0.1:${ports.api}`;
  return [
    '',
    `Ready after ${seconds} s.`,
    '',
    `  API              ${api}`,
    `  Console          ${api}/console${withKey}`,
    `  Reference        ${api}/docs${withKey}`,
    `  Temporal Web UI  ${urls.TEMPORAL_UI_URL}`,
    '  Addresses        npm run -s stack -- urls',
    `  API keys         ${keys ? `asked for; yours is in ${keyFile}` : 'not asked for, on this machine alone; npm start -- --keys turns them on'}`,
    '',
    'Next, in another terminal:',
    '',
    `  curl -i ${api}/wallets -H 'Content-Type: application/json' -H 'Idempotency-Key: create-wallet-001'${keys ? ` -H "Authorization: Bearer $(cat ${keyFile})"` : ''} \\`,
    `    -d '{"walletId":"wallet-001","ownerId":"owner-1","initialBalance":100.00}'`,
    '',
    'Ctrl-C stops everything; the data under var/ stays.',
    '',
  ].join('\n');
}

try {
  process.exit(await main());
} catch (error) {
  const reason = startFailure(error);
  if (reason === undefined) throw error;
  console.error(reason);
  process.exit(1);
}
