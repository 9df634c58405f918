// Uses the service as a program does whose author made a client from the OpenAPI document with the usual
// generator of TypeScript. `npm run client:generators` does the same in Go, Python and Java.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SystemProcess, startProcess } from '../../harness/processes.ts';
import { root } from '../../stack/paths.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { document } from '../support/openApi.ts';

const run = promisify(execFile);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let folder: string;

beforeAll(async () => {
  await mkdir(path.join(root, 'var'), { recursive: true });
  // Inside the project, so that the program finds openapi-fetch.
  folder = await mkdtemp(path.join(root, 'var/generated-'));
  database = await createTestDatabase();
  server = await startProcess('server', testConfig(database.url));
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

it('a client that openapi-typescript makes keeps cents that a float loses', async () => {
  const types = await openapiTS(document as unknown as OpenAPI3, { defaultNonNullable: false });
  await writeFile(path.join(folder, 'types.ts'), astToString(types));
  await cp(path.join(root, 'test/generators/programs/program.ts'), path.join(folder, 'program.ts'));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'dom'],
    types: ['node'],
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  };
  const project = { compilerOptions, files: ['program.ts'] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(project));
  const compiler = createRequire(import.meta.url).resolve('typescript-7/package.json');
  const compiled = await run(process.execPath, [
    path.join(path.dirname(compiler), 'bin/tsc'),
    '-p',
    folder,
  ]).catch((error: unknown) => error as { readonly stdout: string });
  expect(compiled.stdout).toBe('');
  const { stdout } = await run(process.execPath, [path.join(folder, 'program.ts'), server.url, 'generated']);
  expect(stdout.trim().split('\n')).toEqual([
    '9007199254740993.01',
    '9007199254740993.02',
    '2',
    'INSUFFICIENT_FUNDS',
  ]);
});
