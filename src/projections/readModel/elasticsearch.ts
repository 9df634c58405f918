// Creates the client of Elasticsearch and describes its failures. The messages appear in the log and in the
// Web UI's pending activities. They must be clear without the code.
import { Client, errors } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { Config } from '../../config/config.ts';
import { withoutPasswords } from '../../telemetry/log.ts';

/** The dependencies of every part of the read model. */
export interface ReadModelDeps {
  readonly pool: Pool;
  readonly elasticsearch: Client;
  readonly indexPrefix: string;
}

/**
 * Elasticsearch is unreachable, too slow, overloaded, or refuses us. Never about the contents of a document.
 * The message says where and why.
 */
export class ElasticsearchUnavailableError extends Error {
  override readonly name = 'ElasticsearchUnavailableError';
}

/** A client that does not retry. Its caller knows what waits for the answer, and decides. */
export function createElasticsearch(
  config: Pick<Config, 'ELASTICSEARCH_URL' | 'ELASTICSEARCH_TIMEOUT_MS'>,
): Client {
  return new Client({
    node: config.ELASTICSEARCH_URL,
    requestTimeout: config.ELASTICSEARCH_TIMEOUT_MS,
    maxRetries: 0,
  });
}

/** Runs `request` and turns the client's errors into ElasticsearchUnavailableError. Other errors pass. */
export async function whenAvailable<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof errors.ElasticsearchClientError)) throw error;
    throw new ElasticsearchUnavailableError(messageOf(error), { cause: error });
  }
}

/** True if the answer was 404, from Elasticsearch or from a proxy, about anything. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof ElasticsearchUnavailableError ? error.cause : undefined;
  return cause instanceof errors.ResponseError && cause.statusCode === 404;
}

/**
 * True if Elasticsearch itself says that it has no such index. A 404 alone may come from a proxy before it.
 */
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

function messageOf(error: errors.ElasticsearchClientError): string {
  if (error instanceof errors.ResponseError) {
    return `Elasticsearch answered ${error.statusCode ?? 'without a status'}: ${typeOf(error) ?? 'no reason given'}`;
  }
  const address = addressOf(error);
  if (error instanceof errors.TimeoutError) return `Elasticsearch does not answer${address}: timed out`;
  return `Elasticsearch does not answer${address}: ${withoutPasswords(error.message)}`;
}

/** The type only, because reasons may quote documents and this message is kept in Temporal's history. */
function typeOf(error: errors.ResponseError): string | undefined {
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error: content } = body;
  if (typeof content !== 'object' || content === null || !('type' in content)) return undefined;
  return typeof content.type === 'string' ? content.type : undefined;
}

/** ` at http://host:port`, without credentials, if the client knows which node it asked. */
function addressOf(error: errors.ElasticsearchClientError): string {
  if (!('meta' in error)) return '';
  const meta = error.meta as { meta?: { connection?: { url?: URL | string } | null } } | undefined;
  const url = String(meta?.meta?.connection?.url ?? '');
  return URL.canParse(url) ? ` at ${new URL(url).origin}` : '';
}
