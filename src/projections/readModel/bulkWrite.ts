// One bulk request of whole documents, and what each item's answer means. External versions make order and
// repetition harmless: a document that is already there in this version or a newer one is a success.
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { setTimeout as sleep } from 'node:timers/promises';
import { ElasticsearchUnavailableError, whenAvailable } from './elasticsearch.ts';
import type { WalletDocument } from './walletDocument.ts';

/** Requests for items that Elasticsearch has no room for at the moment. */
const attemptsMax = 4;
/** Wait before the second of them; it doubles with each further one. */
const backOffMinMs = 100;

/** One document for one alias. */
export interface BulkItem {
  readonly alias: string;
  readonly document: WalletDocument;
}

/** A document that Elasticsearch will never take as it is. */
export interface RefusedItem {
  readonly item: BulkItem;
  readonly reason: string;
}

export interface BulkResult {
  readonly refused: readonly RefusedItem[];
  /** Items whose alias doesn't exist. */
  readonly homeless: readonly BulkItem[];
}

/**
 * Writes the items. Throws ElasticsearchUnavailableError where Elasticsearch is away, or still has no room after
 * the last attempt. Items that it did take stay written.
 */
export async function bulkWrite(client: Client, items: readonly BulkItem[]): Promise<BulkResult> {
  const refused: RefusedItem[] = [];
  const homeless: BulkItem[] = [];
  let open = items;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const answers = await sendBulk(client, open);
    const again: BulkItem[] = [];
    let obstacle = '';
    for (const [index, item] of open.entries()) {
      const answer = answers[index];
      const meaning = meaningOf(answer);
      if (meaning === 'refused') refused.push({ item, reason: reasonOf(answer) });
      if (meaning === 'homeless') homeless.push(item);
      if (meaning === 'again') {
        again.push(item);
        obstacle = `${answer?.status ?? 'no answer'}: ${answer?.error?.type ?? 'no reason given'}`;
      }
    }
    if (again.length > 0) {
      if (attempt === attemptsMax) {
        throw new ElasticsearchUnavailableError(
          `Elasticsearch did not take ${again.length} of ${items.length} documents in ${attemptsMax} attempts, the last with ${obstacle}`,
        );
      }
      await sleep(backOffMinMs * 2 ** (attempt - 1));
    }
    open = again;
  }
  return { refused, homeless };
}

type Answer = Pick<estypes.BulkResponseItem, 'status' | 'error'> | undefined;

/**
 * The answers in the order of the items. Elasticsearch refuses a request as a whole for one id that is too long,
 * or for its size: then each half is tried by itself, until the item in question is alone.
 */
async function sendBulk(client: Client, items: readonly BulkItem[]): Promise<readonly Answer[]> {
  try {
    return await whenAvailable(() => sendRequest(client, items));
  } catch (error) {
    const refusal = refusalOfRequest(error);
    if (refusal === undefined) throw error;
    if (items.length === 1) return [refusal];
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await sendBulk(client, items.slice(0, middle))),
      ...(await sendBulk(client, items.slice(middle))),
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

async function sendRequest(client: Client, items: readonly BulkItem[]): Promise<readonly Answer[]> {
  const response = await client.bulk<WalletDocument>({
    operations: items.flatMap(({ alias, document }) => [
      {
        index: {
          _index: alias,
          _id: document.id,
          version: document.version,
          version_type: 'external' as const,
          require_alias: true,
        },
      },
      document,
    ]),
  });
  return response.items.map(({ index }) => index);
}

/** Only a 400 speaks about the document itself; every other failure is about the state of Elasticsearch. */
function meaningOf(answer: Answer): 'written' | 'refused' | 'homeless' | 'again' {
  if (answer === undefined) return 'again';
  if (answer.status < 300 || answer.status === 409) return 'written';
  if (answer.status === 400) return 'refused';
  if (answer.status === 404) return 'homeless';
  return 'again';
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
