// The real application over a store in memory that several tenants share. Commands are decided as in the
// command path, batch by batch. Documents are written after each batch.
import { emptyState } from '../../../src/domain/state.ts';
import { localCaller } from '../../../src/access/caller.ts';
import type { App } from '../../../src/api/context.ts';
import { decideBatch } from '../../../src/commands/decideBatch.ts';
import type { Submission, SubmissionResult } from '../../../src/commands/submission.ts';
import type { StoredEvent } from '../../../src/domain/events.ts';
import type { Wallet } from '../../../src/domain/wallet.ts';
import type { AnsweredCommand } from '../../../src/eventStore/recordRows.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import type { WalletListQuery } from '../../../src/eventStore/read/readWallets.ts';
import { walletDocument, type WalletDocument } from '../../../src/projections/readModel/walletDocument.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { createBareApi } from '../../support/bareApi.ts';
import { throughRow, toStored } from './play.ts';
import { ownResults } from './ownResults.ts';

export interface SharedStore {
  readonly app: App;
  /** In order of position. */
  readonly events: readonly StoredEvent[];
  readonly logLines: readonly string[];
  /** Every value that labelled a metric. */
  readonly labels: ReadonlySet<string>;
  /** Forgets everything. The application is kept, because to make it takes longer than a history. */
  readonly reset: () => void;
  /** Awaits the requests. Their commands are decided in one batch, and `onBatch` gets them in its order. */
  readonly inOneBatch: (
    requests: readonly Promise<Response>[],
    now: Date,
    onBatch: (submissions: readonly Submission[]) => void,
  ) => Promise<readonly Response[]>;
}

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (result: SubmissionResult) => void;
}

/** A request names its tenant in `Authorization`. */
export function createSharedStore(): SharedStore {
  const wallets = new Map<string, Wallet>();
  const documents = new Map<string, WalletDocument>();
  const answered = new Map<string, AnsweredCommand>();
  const events: StoredEvent[] = [];
  const logLines: string[] = [];
  const labels = new Set<string>();
  let waiting: Waiting[] = [];
  let unanswered = 0;
  let decide: (submissions: readonly Submission[]) => readonly SubmissionResult[] = () => [];

  /** Once every request that is not answered yet has submitted its command. */
  const decideIfComplete = () => {
    if (waiting.length === 0 || waiting.length < unanswered) return;
    const batch = waiting;
    waiting = [];
    const results = decide(batch.map(({ submission }) => submission));
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as SubmissionResult);
  };
  const { app } = createBareApi({
    authenticate: (c) => ({
      ...localCaller,
      operator: false,
      tenant: c.req.header('authorization') ?? '',
    }),
    submit: (submission) =>
      new Promise((resolve) => {
        waiting.push({ submission, resolve });
        decideIfComplete();
      }),
    reads: () => ({ query: () => Promise.resolve({ rows: [] }) }) as never,
    readModel: {
      getWalletDocument: (id) => Promise.resolve(documents.get(id)),
      listWalletDocuments: (query) => Promise.resolve(listOf(documents, query)),
    },
    readModelAccess: { ask: (question) => question() },
    requestAnswered: ({ method, route, status }) => {
      for (const label of [method, route, String(status)]) labels.add(label);
    },
    log: createLog('debug', 'server', { write: (line) => void logLines.push(line) }),
  });

  const answering = async (request: Promise<Response>) => {
    const response = await request;
    unanswered -= 1;
    decideIfComplete();
    return response;
  };
  const inOneBatch: SharedStore['inOneBatch'] = (requests, now, onBatch) => {
    unanswered = requests.length;
    decide = (submissions) => {
      onBatch(submissions);
      const { batch, results } = decideBatch(submissions, {
        ...{ now, fence: 0n, level: levelMax, isLoaded: true },
        state: { ...emptyState(), wallets: new Map(wallets) },
        ...{ answered: new Map(answered), rowXids: new Map() },
      });
      for (const appended of batch.events) events.push(toStored(appended, BigInt(events.length + 1)));
      for (const wallet of batch.wallets) {
        wallets.set(wallet.id, wallet);
        documents.set(wallet.id, walletDocument(wallet));
      }
      for (const record of batch.records) answered.set(record.commandId, throughRow(record));
      return ownResults(results);
    };
    return Promise.all(requests.map(answering));
  };
  const reset = () => {
    for (const store of [wallets, documents, answered, labels]) store.clear();
    for (const list of [events, logLines]) list.length = 0;
  };
  return { app, events, logLines, labels, reset, inOneBatch };
}

/** The query of the read model, over all documents of all tenants. */
function listOf(documents: ReadonlyMap<string, WalletDocument>, query: WalletListQuery) {
  const { tenant = '', ownerId, after = '', limit } = query;
  const found = [...documents.values()].filter(
    (document) =>
      (document.tenantId ?? '') === tenant && (ownerId === undefined || document.ownerId === ownerId),
  );
  const page = found.filter(({ id }) => id > after).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return { documents: page.slice(0, limit), total: { count: found.length, isExact: true } };
}
