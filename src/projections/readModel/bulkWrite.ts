// Writes documents to one alias in bulk requests and interprets the answer to each item. Documents are sent
// as ready-made lines, which is twice as fast as objects that the client serializes. Invariant: external
// versions make order and repetition harmless. A document that is already there in this version or a newer
// one counts as written.
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../../domain/wallet.ts';
import type { Details } from '../../domain/walletEvents.ts';
import { ElasticsearchUnavailableError, whenAvailable } from './elasticsearch.ts';
import { walletDocument } from './walletDocument.ts';

/** Most requests for items that Elasticsearch has no room for at the moment. */
const attemptsMax = 4;
/** Wait before the second request. The wait doubles with each further request. */
const backOffMinMs = 100;

/** One document to write. */
export interface DocumentLines {
  readonly walletId: string;
  /** Action and document, two lines of NDJSON. */
  readonly lines: string;
}

/** A document that Elasticsearch will never accept as it is. */
interface RefusedDocument {
  readonly walletId: string;
  readonly reason: string;
}

export interface BulkResult {
  readonly refused: readonly RefusedDocument[];
  /** Documents that were not written, because the alias doesn't exist: all or none. */
  readonly missingAlias: readonly DocumentLines[];
}

export function documentLines(wallet: Wallet, details?: Details): DocumentLines {
  const { id, version } = wallet;
  const action = `{"index":{"_id":${JSON.stringify(id)},"version":${version},"version_type":"external"}}`;
  return { walletId: id, lines: `${action}\n${JSON.stringify(walletDocument(wallet, details))}` };
}

/**
 * Writes the documents. Throws ElasticsearchUnavailableError if Elasticsearch is unavailable, or still has no
 * room after the last attempt. The documents that it took before stay written.
 */
export async function bulkWrite(
  client: Client,
  alias: string,
  documents: readonly DocumentLines[],
): Promise<BulkResult> {
  const refused: RefusedDocument[] = [];
  const missingAlias: DocumentLines[] = [];
  let open = documents;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const answers = await sendBulk(client, alias, open);
    const again: DocumentLines[] = [];
    let obstacle = '';
    let refusedWith: number | undefined;
    for (const [index, document] of open.entries()) {
      const answer = answers[index];
      const meaning = meaningOf(answer);
      if (meaning === 'refused') refused.push({ walletId: document.walletId, reason: reasonOf(answer) });
      if (meaning === 'missing alias') missingAlias.push(document);
      if (meaning === 'again') {
        again.push(document);
        refusedWith = answer?.status;
        obstacle = `${refusedWith ?? 'no answer'}: ${answer?.error?.type ?? 'no reason given'}${blockOf(answer)}`;
      }
    }
    if (again.length > 0) {
      if (attempt === attemptsMax) {
        throw new ElasticsearchUnavailableError(
          `Elasticsearch did not take ${again.length} of ${documents.length} documents in ${attemptsMax} attempts, the last with ${obstacle}`,
          { refusedWith },
        );
      }
      await sleep(backOffMinMs * 2 ** (attempt - 1));
    }
    open = again;
  }
  return { refused, missingAlias };
}

type Answer = Pick<estypes.BulkResponseItem, 'status' | 'error'> | undefined;

/**
 * The answers in the order of the documents. Elasticsearch refuses a whole request for one id that is too
 * long, or for its size. Then each half is tried by itself, until the refused document is alone.
 */
async function sendBulk(
  client: Client,
  alias: string,
  documents: readonly DocumentLines[],
): Promise<readonly Answer[]> {
  try {
    return await whenAvailable(() => sendRequest(client, alias, documents));
  } catch (error) {
    const refusal = refusalOfRequest(error);
    if (refusal === undefined) throw error;
    if (documents.length === 1) return [refusal];
    const middle = Math.ceil(documents.length / 2);
    return [
      ...(await sendBulk(client, alias, documents.slice(0, middle))),
      ...(await sendBulk(client, alias, documents.slice(middle))),
    ];
  }
}

function refusalOfRequest(error: unknown): Answer {
  const cause = error instanceof ElasticsearchUnavailableError ? error.cause : undefined;
  if (!(cause instanceof errors.ResponseError) || (cause.statusCode !== 400 && cause.statusCode !== 413)) {
    return undefined;
  }
  return { status: 400, error: { type: 'request refused', reason: cause.message } };
}

async function sendRequest(
  client: Client,
  alias: string,
  documents: readonly DocumentLines[],
): Promise<readonly Answer[]> {
  const response = await client.bulk<string>({
    index: alias,
    require_alias: true,
    operations: [documents.map(({ lines }) => lines).join('\n')],
    // Without this filter the answer repeats id, version and shards of each item: five times as many bytes to
    // parse.
    filter_path: ['items.*.status', 'items.*.error'],
  });
  if (!Array.isArray(response.items))
    throw new ElasticsearchUnavailableError('Elasticsearch answered a bulk request without its items');
  return response.items.map(({ index }) => index);
}

/** Only a 400 is about the document itself. Every other failure is about the state of Elasticsearch. */
function meaningOf(answer: Answer): 'written' | 'refused' | 'missing alias' | 'again' {
  if (answer === undefined) return 'again';
  if (answer.status < 300 || answer.status === 409) return 'written';
  if (answer.status === 400) return 'refused';
  if (answer.status === 404) return 'missing alias';
  return 'again';
}

/** The reason of a block names the index and never a document. */
function blockOf(answer: Answer): string {
  const { type, reason } = answer?.error ?? {};
  return type === 'cluster_block_exception' ? `: ${reason ?? 'no reason given'}` : '';
}

function reasonOf(answer: Answer): string {
  const cause = answer?.error?.caused_by?.reason;
  return [
    `Elasticsearch refused the document: ${answer?.error?.type ?? 'no type'}`,
    answer?.error?.reason,
    cause,
  ]
    .filter((part) => part !== undefined && part !== null && part !== '')
    .join(': ');
}
