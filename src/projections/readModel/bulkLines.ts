// Writes many documents as ready-made lines to one alias: what a rebuild needs (twice as fast as objects). External
// versions as in `bulkWrite`: a 409 says that the live drain was faster, which is as good as written.
import type { Client, estypes } from '@elastic/elasticsearch';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../../domain/wallet.ts';
import { ElasticsearchUnavailableError, whenAvailable } from './elasticsearch.ts';
import { walletDocument } from './walletDocument.ts';

/** Requests for lines that Elasticsearch has no room for at the moment. */
const attemptsMax = 4;
/** Wait before the second of them; it doubles with each further one. */
const backOffMinMs = 100;

export interface DocumentLine {
  readonly walletId: string;
  /** Action and document, two lines of NDJSON. */
  readonly lines: string;
}

export function documentLine(wallet: Wallet): DocumentLine {
  const { id, version } = wallet;
  const action = `{"index":{"_id":${JSON.stringify(id)},"version":${version},"version_type":"external"}}`;
  return { walletId: id, lines: `${action}\n${JSON.stringify(walletDocument(wallet))}` };
}

/**
 * Writes the documents and returns the ids of those that Elasticsearch will never take. Throws
 * ElasticsearchUnavailableError where it is away, has no room even after the last attempt, or lacks the alias.
 */
export async function bulkLines(
  client: Client,
  alias: string,
  documents: readonly DocumentLine[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  let open = documents;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const statuses = await send(client, alias, open);
    const again: DocumentLine[] = [];
    for (const [index, line] of open.entries()) {
      const status = statuses[index] ?? 503;
      if (status < 300 || status === 409) continue;
      if (status === 404) throw new ElasticsearchUnavailableError(`Elasticsearch has no alias "${alias}"`);
      if (status === 400) refused.push(line.walletId);
      else again.push(line);
    }
    if (again.length > 0 && attempt === attemptsMax) {
      throw new ElasticsearchUnavailableError(
        `Elasticsearch did not take ${again.length} of ${documents.length} documents in ${attemptsMax} attempts`,
      );
    }
    if (again.length > 0) await sleep(backOffMinMs * 2 ** (attempt - 1));
    open = again;
  }
  return refused;
}

/** The status of each line, in order. */
async function send(
  client: Client,
  alias: string,
  documents: readonly DocumentLine[],
): Promise<readonly (number | undefined)[]> {
  const { items } = await whenAvailable(
    () =>
      client.bulk<string>({
        index: alias,
        require_alias: true,
        operations: [documents.map(({ lines }) => lines).join('\n')],
        filter_path: ['errors', 'items.*.status'],
      }) as Promise<Pick<estypes.BulkResponse, 'items'>>,
  );
  return items.map(({ index }) => index?.status);
}
