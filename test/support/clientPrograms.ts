// Programs that use the client's package, made from the OpenAPI document and from the client's README. A test
// compiles and runs them where the package is installed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { operations } from '../../src/api/operations.ts';
import type { Operation } from '../../src/api/openApi/operation.ts';
import { clientPackageName } from './clientPackage.ts';
import { document } from './openApi.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly type: unknown };
}

/** The first program of the client's README. */
export function readmeProgram(): string {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../src/client/README.md'), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1];
  if (program === undefined) throw new Error('the README of the client has no program');
  return program;
}

/**
 * A program that calls the operations named by its arguments, each with its example. It prints the id and
 * `ok`, or the code of the refusal. Its first argument is the URL of the service.
 */
export function everyOperationProgram(): string {
  const calls = operations.map((operation) => {
    const input = JSON.stringify(inputOf(operation));
    return `  ${operation.id}: () => wallets.${operation.id}(${input === '{}' ? '' : input}),`;
  });
  return `import { createWalletClient } from '${clientPackageName}';
const [url = '', ...ids] = (globalThis as unknown as { process: { argv: string[] } }).process.argv.slice(2);
const wallets = createWalletClient({ url, retries: { attemptsMax: 1 } });
const calls = {
${calls.join('\n')}
};
for (const id of ids) {
  const result = await calls[id as keyof typeof calls]();
  console.log(id, result.ok ? 'ok' : result.problem.code);
}
`;
}

/** Path and query parameters and the members of the body, with the types that the document gives them. */
function inputOf({ id, example }: Operation): Readonly<Record<string, unknown>> {
  const described = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .find(({ operationId }) => operationId === id) as
    { readonly parameters?: readonly Parameter[] } | undefined;
  const given = { ...example.params, ...example.query };
  const parameters = (described?.parameters ?? [])
    .filter(({ name }) => name in given)
    .map(
      ({ name, schema }) => [name, schema.type === 'integer' ? Number(given[name]) : given[name]] as const,
    );
  return { ...Object.fromEntries(parameters), ...example.body };
}
