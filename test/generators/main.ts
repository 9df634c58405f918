// Makes clients from the OpenAPI document with the usual generators of four languages, and moves money with
// each: `npm run client:generators -- [URL]` beside `npm start`. It also runs two linters over the document.
// It needs Go, Python 3, Java 17 and Maven, and obtains everything else. docs/client.md has its last result.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../stack/paths.ts';

const run = promisify(execFile);
const timeMaxMs = 600_000;
/** Characters of a failed tool's output that are shown. */
const outputMax = 4_000;
const [url = 'http://127.0.0.1:3000'] = process.argv.slice(2);
const folder = path.join(root, 'var/generators');
const programs = path.join(import.meta.dirname, 'programs');

/** No float has the digits of the first two lines. */
const expected = ['9007199254740993.01', '9007199254740993.02', '2', 'INSUFFICIENT_FUNDS'];

const npmTools = {
  '@redocly/cli': '2.77.0',
  '@stoplight/spectral-cli': '6.16.3',
  'openapi-typescript': '7.13.0',
  'openapi-fetch': '0.17.0',
  typescript: '5.9.3',
  '@types/node': '24.10.1',
};
const pythonTool = 'openapi-python-client==0.29.1';
const goTool = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';
const javaGenerator = 'org.openapitools:openapi-generator-cli:7.17.0';

interface Check {
  readonly name: string;
  /** Throws what the tool said if it finds a mistake or prints anything else than `expected`. */
  readonly run: (documentFile: string) => Promise<void>;
}

const checks: readonly Check[] = [
  { name: 'Redocly lint', run: redocly },
  { name: 'Spectral lint', run: spectral },
  { name: 'TypeScript: openapi-typescript, openapi-fetch', run: typescript },
  { name: 'Go: oapi-codegen', run: go },
  { name: 'Python: openapi-python-client', run: python },
  { name: 'Java: OpenAPI Generator', run: java },
];

async function main(): Promise<number> {
  const answer = await fetch(`${url}/openapi.json`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const documentFile = path.join(folder, 'openapi.json');
  await writeFile(documentFile, await answer.text());
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const packages = Object.entries(npmTools).map(([name, version]) => `${name}@${version}`);
  await tool('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages]);
  let failed = 0;
  for (const check of checks) {
    const error = await check.run(documentFile).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    console.log(`${check.name}: ${error === undefined ? 'passed' : `FAILED\n${inWords(error)}`}`);
    if (error !== undefined) failed += 1;
  }
  return failed;
}

async function redocly(documentFile: string): Promise<void> {
  await tool(node('redocly'), ['lint', documentFile]);
}

async function spectral(documentFile: string): Promise<void> {
  const rules = path.join(folder, 'spectral.json');
  await writeFile(rules, '{"extends":["spectral:oas"]}');
  await tool(node('spectral'), ['lint', documentFile, '--ruleset', rules, '--fail-severity', 'warn']);
}

async function typescript(documentFile: string): Promise<void> {
  await cp(path.join(programs, 'program.ts'), path.join(folder, 'program.ts'));
  await tool(node('openapi-typescript'), [
    documentFile,
    '--default-non-nullable=false',
    '-o',
    path.join(folder, 'types.ts'),
  ]);
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  await tool(node('tsc'), [...options, '--rewriteRelativeImportExtensions', 'program.ts']);
  expectAmounts(await tool(process.execPath, ['program.js', url, walletIdOf('ts')]));
}

async function go(documentFile: string): Promise<void> {
  const home = path.join(folder, 'go');
  await mkdir(path.join(home, 'wallet'), { recursive: true });
  await cp(path.join(programs, 'program.go'), path.join(home, 'main.go'));
  await writeFile(path.join(home, 'go.mod'), 'module program\n\ngo 1.22\n');
  const generated = await tool('go', [
    'run',
    goTool,
    '-generate',
    'types,client',
    '-package',
    'wallet',
    documentFile,
  ]);
  await writeFile(path.join(home, 'wallet/wallet.go'), generated);
  await tool('go', ['mod', 'tidy'], home);
  expectAmounts(await tool('go', ['run', '.', url, walletIdOf('go')], home));
}

async function python(documentFile: string): Promise<void> {
  const home = path.join(folder, 'python');
  const interpreter = path.join(home, 'bin/python');
  await tool('python3', ['-m', 'venv', home]);
  await tool(interpreter, ['-m', 'pip', 'install', '--quiet', pythonTool]);
  const client = path.join(home, 'client');
  const generate = ['-m', 'openapi_python_client', 'generate', '--meta', 'none'];
  await tool(interpreter, [
    ...generate,
    '--path',
    documentFile,
    '--output-path',
    path.join(client, 'wallet_service_client'),
  ]);
  await cp(path.join(programs, 'program.py'), path.join(client, 'program.py'));
  expectAmounts(await tool(interpreter, [path.join(client, 'program.py'), url, walletIdOf('python')]));
}

async function java(documentFile: string): Promise<void> {
  const home = path.join(folder, 'java');
  const copied = [
    'dependency:copy',
    `-Dartifact=${javaGenerator}`,
    `-DoutputDirectory=${folder}`,
    '-Dmdep.stripVersion',
  ];
  await tool('mvn', ['-q', ...copied]);
  const jar = path.join(folder, 'openapi-generator-cli.jar');
  await tool('java', [
    '-jar',
    jar,
    'generate',
    '-g',
    'java',
    '--library',
    'native',
    '-i',
    documentFile,
    '-o',
    home,
  ]);
  await cp(path.join(programs, 'Program.java'), path.join(home, 'src/main/java/Program.java'));
  const classpath = path.join(home, 'classpath');
  const build = ['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classpath}`];
  await tool('mvn', ['-q', ...build], home);
  const classes = `${path.join(home, 'target/classes')}:${await readFile(classpath, 'utf8')}`;
  expectAmounts(await tool('java', ['-cp', classes, 'Program', url, walletIdOf('java')], home));
}

/** A new one for each run, so that the programs can run against the same service again. */
function walletIdOf(language: string): string {
  return `generated-${language}-${Date.now()}`;
}

function expectAmounts(printed: string): void {
  if (printed.trim() !== expected.join('\n'))
    throw new Error(`it printed ${printed.trim()} instead of ${expected.join(' ')}`);
}

function node(name: string): string {
  return path.join(folder, 'node_modules/.bin', name);
}

/** What the program wrote to its output. Throws if it ends with another code than 0. */
async function tool(program: string, args: readonly string[], cwd = folder): Promise<string> {
  const { stdout } = await run(program, args, { cwd, timeout: timeMaxMs, maxBuffer: 64 * 1_024 * 1_024 });
  return stdout;
}

function inWords(error: unknown): string {
  const {
    stdout = '',
    stderr = '',
    message,
  } = error as { stdout?: string; stderr?: string; message: string };
  return `${message.split('\n')[0]}\n${stdout}${stderr}`.slice(-outputMax);
}

process.exit((await main()) === 0 ? 0 : 1);
