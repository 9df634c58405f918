// Uses the client's package as another project does: installs it from its file, checks types by its
// declarations, and runs it on plain Node.js.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testConfig } from '../support/api.ts';
import { buildClientPackage, clientPackageName } from '../support/clientPackage.ts';
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

it('has declarations that a strict project accepts, and that refuse an amount as a number', async () => {
  await writeFile(
    path.join(folder, 'program.ts'),
    `import { createWalletClient, valueOf } from '${clientPackageName}';
     const wallets = createWalletClient({ url: 'http://localhost:3000' });
     export const balance: string = valueOf(await wallets.getWallet({ walletId: 'alice' })).balance;
     // @ts-expect-error this operation does not exist
     await wallets.mintMoney({ walletId: 'alice' });
     // @ts-expect-error a number may have lost digits already
     await wallets.creditWallet({ walletId: 'alice', amount: 0.1 });`,
  );
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
  };
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['program.ts'] }),
  );
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [compiler], { cwd: folder }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  expect(stdout).toBe('');
});
