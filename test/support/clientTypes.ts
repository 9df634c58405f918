// Makes src/client/generatedTypes.ts from the OpenAPI document: `npm run client:types`. A test compares the
// file with it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../../src/api/openApi/openApiDocument.ts';
import { problemMembers } from '../../src/api/http/problemMembers.ts';
import type { Operation } from '../../src/api/openApi/operation.ts';
import { operations } from '../../src/api/operations.ts';

const root = path.resolve(import.meta.dirname, '../..');
const file = path.join(root, 'src/client/generatedTypes.ts');

const opening = `// Generated from the OpenAPI document by \`npm run client:types\`; not edited by hand. Amounts are decimal text.`;

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

export async function generateClientTypes(): Promise<string> {
  const document = withoutExamples(openApiDocument(operations)) as OpenAPI3;
  const nodes = await openapiTS(document, {
    // A request may omit a member that has a default.
    defaultNonNullable: false,
  });
  const text = `${opening}\n${astToString(nodes)}\n${problemMembersText()}\n${routesOf(document)}`;
  return format(text, { ...(await resolveConfig(file)), parser: 'typescript' });
}

/** Examples, and the form that all refusals share, are nine tenths of the document. */
function withoutExamples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExamples);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !/^(examples?|x-codeSamples|[45]\d\d)$/.test(name));
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutExamples(one)]));
}

/** The members that each code's problems have, as a type: the code narrows the problem. */
function problemMembersText(): string {
  const lines = Object.entries(problemMembers).map(
    ([code, members]) => `readonly ${code}: ${members.map((member) => `'${member}'`).join(' | ')};`,
  );
  return `export interface ProblemMembers { ${lines.join('\n')} }`;
}

/** How long an operation waits for another party, by its id. The document does not say so. */
const waits = new Map(operations.map(({ id, waitsMs }: Operation) => [id, waitsMs]));

/** The facts of each operation that the client needs at run time. */
function routesOf(document: OpenAPI3): string {
  const paths = Object.entries(document.paths ?? {}) as unknown as [string, Record<string, Described>][];
  const routes = paths.flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const { operationId, parameters = [] } = described;
      const query = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
      const keyed = parameters.some(({ name }) => name === 'idempotency-key');
      const succeedsWith = mediaTypeOf(described);
      const waitsMs = waits.get(operationId);
      return [
        operationId,
        { method: method.toUpperCase(), path: template, query, keyed, succeedsWith, waitsMs },
      ];
    }),
  );
  return `export const routes = ${JSON.stringify(Object.fromEntries(routes))} as const;\nexport const amountMembers = ${JSON.stringify([...amountMembersOf(document)].sort())} as const;\n`;
}

/** The statuses of the operation's successes. The client takes no other status for a success. */
function mediaTypeOf({ operationId, responses }: Described): string {
  const all = new Set(Object.values(responses).flatMap(({ content = {} }) => Object.keys(content)));
  // Of several, Accept chooses one, and the client asks for JSON.
  if (all.has('application/json')) return 'application/json';
  const [mediaType, ...more] = all;
  if (mediaType === undefined || more.length > 0)
    throw new Error(
      `${operationId} has to succeed with one media type, and not with [${[...all].join(', ')}]`,
    );
  return mediaType;
}

/** Names of the members that are amounts, at any depth. */
function amountMembersOf(value: unknown): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value as Record<string, unknown>).flatMap(([name, one]) => [
      ...(isDecimal(one) ? [name] : []),
      ...amountMembersOf(one),
    ]),
  );
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'decimal';
}

export function committedClientTypes(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, await generateClientTypes());
