// The client of Elasticsearch, and its failures in words: what the Web UI's pending activity and the log show has
// to be clear without a look into the code.
import { Client, errors } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { Config } from '../../config/config.ts';
import { withoutPasswords } from '../../telemetry/log.ts';

/** What every part of the read model works with. */
export interface ReadModelDeps {
  readonly pool: Pool;
  readonly elasticsearch: Client;
  readonly indexPrefix: string;
}

/**
 * Elasticsearch does not do what it is there for: it is away, too slow, overloaded, or refuses us. Never about
 * what a document holds. The message says where and why.
 */
export class ElasticsearchUnavailableError extends Error {
  override readonly name = 'ElasticsearchUnavailableError';
}

/** A client without retries of its own: who calls it knows what waits behind. */
export function createElasticsearch(
  config: Pick<Config, 'ELASTICSEARCH_URL' | 'ELASTICSEARCH_TIMEOUT_MS'>,
): Client {
  return new Client({
    node: config.ELASTICSEARCH_URL,
    requestTimeout: config.ELASTICSEARCH_TIMEOUT_MS,
    maxRetries: 0,
  });
}

/** Runs `request` and turns the client's errors into ElasticsearchUnavailableError; others pass. */
export async function whenAvailable<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof errors.ElasticsearchClientError)) throw error;
    throw new ElasticsearchUnavailableError(inWords(error), { cause: error });
  }
}

/** True where the answer was 404, whoever gave it and whatever it is about. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof ElasticsearchUnavailableError ? error.cause : undefined;
  return cause instanceof errors.ResponseError && cause.statusCode === 404;
}

/** True where Elasticsearch itself says that it has no such index; a proxy before it may answer 404 for reasons of its own. */
export async function isIndexMissing(client: Client, index: string): Promise<boolean> {
  try {
    await whenAvailable(() => client.indices.get({ index, features: ['aliases'] }));
    return false;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { cause } = error as ElasticsearchUnavailableError;
    return typeOf(cause as errors.ResponseError) === 'index_not_found_exception';
  }
}

function inWords(error: errors.ElasticsearchClientError): string {
  if (error instanceof errors.ResponseError) {
    return `Elasticsearch answered ${error.statusCode ?? 'without a status'}: ${typeOf(error) ?? 'no reason given'}`;
  }
  const place = placeOf(error);
  if (error instanceof errors.TimeoutError) return `Elasticsearch does not answer${place}: timed out`;
  return `Elasticsearch does not answer${place}: ${withoutPasswords(error.message)}`;
}

/** The type only: reasons may quote documents, and these words end up in Temporal's history. */
function typeOf(error: errors.ResponseError): string | undefined {
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error: content } = body;
  if (typeof content !== 'object' || content === null || !('type' in content)) return undefined;
  return typeof content.type === 'string' ? content.type : undefined;
}

/** ` at http://host:port`, without credentials, where the client knows which node it asked. */
function placeOf(error: errors.ElasticsearchClientError): string {
  if (!('meta' in error)) return '';
  const meta = error.meta as { meta?: { connection?: { url?: URL | string } | null } } | undefined;
  const url = String(meta?.meta?.connection?.url ?? '');
  return URL.canParse(url) ? ` at ${new URL(url).origin}` : '';
}
