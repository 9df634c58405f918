// Uses the client's package as another project does: installs it from its file, checks types by its
// declarations, and runs it on plain Node.js.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { testConfig } from '../support/api.ts';
import { buildClientPackage, clientPackageName } from '../support/clientPackage.ts';
import { everyOperationProgram, readmeProgram } from '../support/clientPrograms.ts';
import { createTestDatabase } from '../support/database.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';

const run = promisify(execFile);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wallet-client-'));
  database = await createTestDatabase();
  server = await startProcess('server', testConfig(database.url));
  const file = buildClientPackage(folder);
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', file], { cwd: folder });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

it('runs below node_modules, needs nothing else, and keeps digits that a double does not have', async () => {
  const program = `
    import { createWalletClient, valueOf } from '${clientPackageName}';
    const wallets = createWalletClient({ url: process.argv[1] });
    const made = valueOf(await wallets.createWallet({ ownerId: 'ann', initialBalance: '90071992547409.93' }));
    const debited = await wallets.debitWallet({ walletId: made.id, amount: '90071992547409.94' });
    console.log(made.balance, debited.ok, debited.problem.code);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, server.url], {
    cwd: folder,
  });
  expect(stdout.trim()).toBe('90071992547409.93 false INSUFFICIENT_FUNDS');
});

const compilers = { 'TypeScript 5': 'typescript-5', 'TypeScript 7': 'typescript-7' } as const;
const resolutions = {
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;
type Compiler = keyof typeof compilers;
type Resolution = keyof typeof resolutions;

const combinations = (Object.keys(compilers) as Compiler[]).flatMap((compiler) =>
  (Object.keys(resolutions) as Resolution[]).map((resolution) => [compiler, resolution] as const),
);

/** Every line that ends with a comment "wrong" must be refused, and no other one. */
const wrongProgram = `import { createWalletClient, valueOf } from '${clientPackageName}';
const wallets = createWalletClient({ url: 'http://localhost:3000' });
const { balance } = valueOf(await wallets.getWallet({ walletId: 'alice' }));
export const text: string = balance;
export const float: number = balance; // wrong: amounts are text
await wallets.mintMoney({ walletId: 'alice' }); // wrong: no such operation
await wallets.creditWallet({ walletId: 'alice', amount: 0.1 }); // wrong: a number may have lost digits
await wallets.getWallet(); // wrong: no wallet
const result = await wallets.creditWallet({ walletId: 'alice', amount: '0.10' });
if (!result.ok && result.problem.code === 'VERSION_MISMATCH') {
  const version: number = result.problem.currentVersion;
  console.log(version, result.problem.commandId.length); // wrong: this problem may have none
}
if (!result.ok && result.problem.code === 'OUTCOME_UNKNOWN') console.log(result.problem.commandId.length);
if (!result.ok && result.problem.code === 'NO_SUCH_CODE') console.log(1); // wrong: no such code
for (const event of valueOf(await wallets.listWalletEvents({ walletId: 'alice' })).events) {
  console.log(event.amount); // wrong: a created wallet has none
  console.log(event.balance); // wrong: an unreadable event has none
  if (event.type === 'WalletCredited') {
    const amount: string = event.amount;
    console.log(amount, event.toWalletId); // wrong: a credit has no other wallet
  } else if (event.type === 'TransferSent') console.log(event.toWalletId.length, event.transferId.length);
  else if (event.type === 'Unreadable') console.log(event.recordedType.length, event.reason.length);
  else if (event.type === 'WalletPainted') console.log(1); // wrong: no such type
}
`;

/** It has to compile without the types of Node.js. */
const webhooksProgram = `import { verifyWebhook, WebhookVerificationError } from '${clientPackageName}/webhooks';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const body = '{"test": 2432232314}';
const event = verifyWebhook({ secret, headers, body, nowMs: 1614265330_000 });
if (event.type === 'wallet.credited.v1') { const amount: string = event.data.amount; console.log(amount); }
console.log(JSON.stringify(event));
try {
  verifyWebhook({ secret, headers, body });
} catch (error) {
  if (error instanceof WebhookVerificationError) console.log(error.check);
}
`;
const wrongLines = wrongProgram
  .split('\n')
  .flatMap((line, at) => (line.includes('// wrong') ? [`wrong.ts(${at + 1}`] : []));

it.each(combinations)(
  'compiles with %s and %s: the README, every operation, and nothing that the service would refuse',
  async (compiler, resolution) => {
    const { output } = await compile(compiler, resolution, {
      'readme.ts': readmeProgram(),
      'operations.ts': everyOperationProgram(),
      'wrong.ts': wrongProgram,
      'webhooks.ts': webhooksProgram,
    });
    const refused = [...output.matchAll(/^\S+\(\d+/gm)].map(([line]) => line);
    expect(refused, output).toEqual(wrongLines);
  },
);

/** Compiles these files in a new folder below the package. Returns it, and what the compiler says. */
async function compile(
  compiler: Compiler,
  resolution: Resolution,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly built: string; readonly output: string }> {
  const built = await mkdtemp(path.join(folder, 'program-'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(built, name), text);
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    target: 'es2022',
    types: [],
    lib: ['es2022', 'dom'],
    ...resolutions[resolution],
  };
  await writeFile(
    path.join(built, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  );
  const program = createRequire(import.meta.url).resolve(`${compilers[compiler]}/package.json`);
  const tsc = path.join(path.dirname(program), 'bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: built }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  return { built, output: stdout };
}

it('verifies webhooks', async () => {
  const { built, output } = await compile('TypeScript 7', 'nodenext', { 'webhooks.ts': webhooksProgram });
  expect(output).toBe('');
  const { stdout } = await run(process.execPath, ['webhooks.js'], { cwd: built });
  expect(stdout).toBe('{"test":2432232314}\ntimestamp\n');
});

it('calls every operation that starts nothing, and runs its README', async () => {
  const { built, output } = await compile('TypeScript 7', 'nodenext', {
    'operations.ts': everyOperationProgram(),
    'readme.ts': readmeProgram().replace('http://localhost:3000', server.url),
  });
  expect(output).toBe('');
  const ids = operations
    .filter(({ method, path: at }) => method === 'get' || !at.startsWith('/admin/'))
    .map(({ id }) => id);
  const called = await run(process.execPath, ['operations.js', server.url, ...ids], { cwd: built });
  const lines = called.stdout.trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(ids);
  expect(lines).toEqual(
    expect.arrayContaining(['createWallet ok', 'creditWallet ok', 'getWallet ok', 'listWalletEvents ok']),
  );
  expect(called.stdout).not.toMatch(/VALIDATION_FAILED|MALFORMED|ROUTE_NOT_FOUND|METHOD_NOT_ALLOWED/);

  // The wallet of both is at version 3 now, as the README expects.
  expect((await run(process.execPath, ['readme.js'], { cwd: built })).stdout.trim()).toBe('175.50');
});
