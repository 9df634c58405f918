// Compares answers with the OpenAPI document: it must name the status, and the body must fit the schema.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { openApiDocument } from '../../src/api/openApi/openApiDocument.ts';
import { operations } from '../../src/api/operations.ts';

interface Content {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Described {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Content>> }>>;
}

export const document = openApiDocument(operations) as unknown as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

export interface Location {
  readonly method: string;
  readonly path: string;
}

export const locations = new Map<string, Location>(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, { method, path }] as const),
  ),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('decimal', true);
ajv.addSchema(document, 'openapi');

export function describedOperation(id: string): Described {
  const { method, path } = locations.get(id) ?? { method: '', path: '' };
  const described = document.paths[path]?.[method];
  if (described === undefined) throw new Error(`the document has no operation ${id}`);
  return described;
}

/** Fails if the operation has no such status and media type in the document, or the body does not fit. */
export function expectDescribed(id: string, status: number, mediaType: string, body: unknown): void {
  const { method, path } = locations.get(id) ?? { method: '', path: '' };
  const content = describedOperation(id).responses[String(status)]?.content;
  expect(Object.keys(content ?? {}), `${id} answered ${status}`).toContain(mediaType);
  const pointer = ['paths', path, method, 'responses', String(status), 'content', mediaType, 'schema'];
  const encoded = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate = ajv.compile({ $ref: `openapi#/${encoded.join('/')}` });
  expect(validate(body) ? [] : validate.errors, `${id} ${status}: ${JSON.stringify(body)}`).toEqual([]);
}
