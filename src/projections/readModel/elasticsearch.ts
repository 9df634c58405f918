// Creates the client of Elasticsearch and describes its failures. The messages appear in the log and in the
// Web UI's pending activities. They must be clear without the code.
import { Client, type ConnectionRequestParams, errors, UndiciConnection } from '@elastic/elasticsearch';
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
  /** The status with which it refused every document of a bulk request, if it did. */
  readonly refusedWith: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly refusedWith?: number | undefined } = {}) {
    super(message, options);
    this.refusedWith = options.refusedWith;
  }
}

const productHeader = 'x-elastic-product';
const product = 'Elasticsearch';

/**
 * Passes on only what Elasticsearch itself answered. It names itself in a header of every answer, errors
 * included. A proxy or a gateway that answers instead proves nothing about an index, an alias or a document.
 * The client checks that header too, but only on success.
 */
class ProvenConnection extends UndiciConnection {
  // The overloads of the base class differ only in the type of the body, which is passed on as it is.
  override async request(params: ConnectionRequestParams, options: never): Promise<never> {
    const answer = (await super.request(params, options)) as {
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, unknown>>;
    };
    if (answer.headers[productHeader] !== product) {
      throw new errors.ConnectionError(
        `something in between answered ${answer.statusCode}, without the header ${productHeader}`,
      );
    }
    return answer as never;
  }
}

/** Gives up a request as soon as its caller was cancelled. Elasticsearch may still do what it asked for. */
function endingWith(signalOf: () => AbortSignal | undefined): typeof ProvenConnection {
  return class extends ProvenConnection {
    override request(params: ConnectionRequestParams, options: never): Promise<never> {
      const signal = signalOf();
      if (signal === undefined) return super.request(params, options);
      // A signal of each request, because the client adds a listener that it never removes.
      return super.request(params, { ...(options as object), signal: AbortSignal.any([signal]) } as never);
    }
  };
}

/**
 * A client that does not retry. Its caller knows what waits for the answer, and decides. If `signalOf` is
 * given, the requests of a cancelled caller end at once.
 */
export function createElasticsearch(
  config: Pick<Config, 'ELASTICSEARCH_URL' | 'ELASTICSEARCH_TIMEOUT_MS'>,
  signalOf?: () => AbortSignal | undefined,
): Client {
  return new Client({
    node: config.ELASTICSEARCH_URL,
    requestTimeout: config.ELASTICSEARCH_TIMEOUT_MS,
    maxRetries: 0,
    Connection: signalOf === undefined ? ProvenConnection : endingWith(signalOf),
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

/** True if Elasticsearch answered 404, about anything. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof ElasticsearchUnavailableError ? error.cause : undefined;
  return cause instanceof errors.ResponseError && cause.statusCode === 404;
}

/** The state of the cluster's master about some indexes and their aliases. */
interface IndexesState {
  readonly cluster_uuid?: unknown;
  readonly metadata?: {
    readonly indices?: Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
  };
}

/**
 * The indexes whose names fit `pattern`, with their aliases, as the master of the cluster has them. Throws
 * unless the answer proves that it is the state of a cluster. Whatever begins anew because something is
 * missing asks here, after another route has said so.
 */
async function readIndexes(client: Client, pattern: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const state = (await whenAvailable(() =>
    client.cluster.state({
      metric: ['metadata'],
      index: pattern,
      expand_wildcards: 'all',
      ignore_unavailable: true,
      allow_no_indices: true,
      filter_path: 'cluster_uuid,metadata.indices.*.aliases',
    }),
  )) as IndexesState;
  const { cluster_uuid: cluster, metadata = {} } = state;
  if (typeof cluster !== 'string' || cluster === '' || cluster === '_na_')
    throw new ElasticsearchUnavailableError(
      'Elasticsearch does not tell the state of its cluster, so nothing is taken for missing',
    );
  return new Map(Object.entries(metadata.indices ?? {}).map(([name, { aliases = [] }]) => [name, aliases]));
}

/** True if Elasticsearch says by two routes that no index has the alias. */
export async function isAliasMissing(client: Client, alias: string): Promise<boolean> {
  if (await whenAvailable(() => client.indices.existsAlias({ name: alias }))) return false;
  const indexes = await readIndexes(client, `${alias}-*`);
  return ![...indexes.values()].some((aliases) => aliases.includes(alias));
}

/** True if Elasticsearch says by two routes that it has no such index. */
export async function isIndexMissing(client: Client, index: string): Promise<boolean> {
  try {
    await whenAvailable(() => client.indices.get({ index, features: ['aliases'] }));
    return false;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { cause } = error as ElasticsearchUnavailableError;
    if (typeOf(cause as errors.ResponseError) !== 'index_not_found_exception') return false;
  }
  return !(await readIndexes(client, index)).has(index);
}

function messageOf(error: errors.ElasticsearchClientError): string {
  if (error instanceof errors.ResponseError) {
    const status = error.statusCode ?? 'without a status';
    return `Elasticsearch answered ${status}: ${typeOf(error) ?? 'no reason given'}${reasonOf(error)}`;
  }
  const address = addressOf(error);
  if (error instanceof errors.TimeoutError) return `Elasticsearch does not answer${address}: timed out`;
  return `Elasticsearch does not answer${address}: ${withoutPasswords(error.message)}`;
}

function typeOf(error: errors.ResponseError): string | undefined {
  return textOf(error, 'type');
}

/** Longest reason that is shown. */
const reasonLengthMax = 500;

/**
 * `: ` and the store's own reason. Temporal's history keeps the message, so a reason that quotes a document
 * is left out.
 */
function reasonOf(error: errors.ResponseError): string {
  const reason = textOf(error, 'reason');
  if (reason === undefined || /document|preview/i.test(`${typeOf(error) ?? ''} ${reason}`)) return '';
  return `: ${withoutPasswords(reason.replaceAll(/\p{Cc}+/gu, ' ').slice(0, reasonLengthMax))}`;
}

function textOf(error: errors.ResponseError, member: 'type' | 'reason'): string | undefined {
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const content = body.error as Readonly<Record<string, unknown>> | null;
  const text = typeof content === 'object' ? content?.[member] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** ` at http://host:port`, without credentials, if the client knows which node it asked. */
function addressOf(error: errors.ElasticsearchClientError): string {
  if (!('meta' in error)) return '';
  const meta = error.meta as { meta?: { connection?: { url?: URL | string } | null } } | undefined;
  const url = String(meta?.meta?.connection?.url ?? '');
  return URL.canParse(url) ? ` at ${new URL(url).origin}` : '';
}
