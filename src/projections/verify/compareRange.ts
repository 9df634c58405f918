// Compares the wallets of one range of ids with everything the stores hold of them. A first comparison uses
// the pages that were read for the whole range. If a wallet seems to differ, it is read again by itself,
// exactly.
import type { Wallet } from '../../domain/wallet.ts';
import { type DetailsById, readDetails } from '../../eventStore/read/readDetails.ts';
import type { ReadModelDeps } from '../readModel/elasticsearch.ts';
import type { FoldedStream } from '../readModel/fold/foldStreams.ts';
import { walletDocument } from '../readModel/walletDocument.ts';
import { addTo, contentOf, emptySum, hashOf, type Sum } from './checksum.ts';
import {
  documentDifferences,
  type IndexedDocument,
  readIndexedDocument,
  rowDiffers,
  rowDifferences,
} from './compareWallet.ts';
import { findBackwardSteps } from './checkTimes.ts';
import { compareStates } from './compareState.ts';
import { type Difference, differencesKeptMax } from './differences.ts';
import { eventKey, readGivenUp, readRows, readUnacceptedWallets } from './storedRange.ts';
import { readWalletsWithState } from './storedState.ts';

/** Of one stream. */
const stepsNamedMax = 10;

/** Sums and differences so far. */
export interface Findings {
  /** The last wallet id that was compared. */
  after: string;
  wallets: number;
  events: number;
  readonly expected: Sum;
  readonly indexed: Sum;
  readonly differences: Difference[];
  differencesCount: number;
}

export function createFindings(after: string): Findings {
  return {
    after,
    wallets: 0,
    events: 0,
    expected: emptySum(),
    indexed: emptySum(),
    differences: [],
    differencesCount: 0,
  };
}

/** One comparison under way. */
export interface ComparisonRun {
  readonly deps: ReadModelDeps;
  readonly index: string;
  readonly rows: boolean;
  readonly onCompared: (after: string) => void;
  readonly repair: ((walletId: string) => Promise<unknown>) | undefined;
  readonly found: Findings;
}

type Documents = ReadonlyMap<string, IndexedDocument>;

/** Everything that the stores hold of a range of ids. */
interface Stored {
  readonly documents: Documents;
  readonly rows: ReadonlyMap<string, Wallet> | undefined;
  /** Wallets with events that the read model is known to lack. */
  readonly unaccepted: ReadonlySet<string>;
  /** Events that an operator skipped, as `eventKey`. */
  readonly givenUp: ReadonlySet<string>;
  readonly details: DetailsById;
}

/** Compares the wallets after the last one compared, up to `high`, with their streams. */
export async function compareRange(
  run: ComparisonRun,
  high: string,
  streams: readonly FoldedStream[],
  documents: Documents,
): Promise<void> {
  const { found, onCompared, repair } = run;
  const stored = await readStored(run, high, streams, documents);
  const expected = new Map(streams.map((stream) => [stream.walletId, stream]));
  if (run.rows) await noteBackwardSteps(run, high);
  const stateDiffers = await compareState(run, high, streams);
  const ids = new Set([
    ...expected.keys(),
    ...documents.keys(),
    ...(stored.rows?.keys() ?? []),
    ...stateDiffers,
  ]);
  for (const walletId of ids) {
    const stream = expected.get(walletId);
    if (run.rows && stream !== undefined) noteBroken(found, stream, stored.givenUp);
    const rowIsWrong = await compareRow(run, walletId, stream?.wallet, stored);
    const documentIsWrong = await compareDocument(run, walletId, stream?.wallet, stored);
    if (rowIsWrong || documentIsWrong || stateDiffers.has(walletId)) {
      await repair?.(walletId);
      onCompared(found.after);
    }
  }
  found.wallets += streams.length;
  found.events += streams.reduce((sum, { events }) => sum + events, 0);
  found.after = high;
  onCompared(high);
}

async function readStored(
  { deps: { pool }, rows, found }: ComparisonRun,
  high: string,
  streams: readonly FoldedStream[],
  documents: Documents,
): Promise<Stored> {
  const low = found.after;
  const isBroken = rows && streams.some(({ broken }) => broken.length > 0);
  return {
    documents,
    rows: rows ? await readRows(pool, low, high) : undefined,
    unaccepted: await readUnacceptedWallets(pool, low, high),
    givenUp: isBroken ? await readGivenUp(pool, low, high) : new Set(),
    details: await readDetails(
      pool,
      streams.map(({ wallet }) => wallet),
    ),
  };
}

function noteBroken(found: Findings, { walletId, broken }: FoldedStream, givenUp: Stored['givenUp']): void {
  const versions = broken
    .map(({ version }) => version)
    .filter((version) => !givenUp.has(eventKey(walletId, version)));
  note(
    found,
    'stream',
    walletId,
    versions.map((version) => `version ${version}`),
  );
}

/** A stream has one difference, however often its time runs backwards. */
async function noteBackwardSteps({ deps, found, onCompared }: ComparisonRun, high: string): Promise<void> {
  const range = { after: found.after, until: high };
  const steps = await findBackwardSteps(deps.pool, range, () => {
    onCompared(found.after);
  });
  for (const [walletId, ofWallet] of Map.groupBy(steps, (step) => step.walletId)) {
    const fields = ofWallet.slice(0, stepsNamedMax).map(({ version }) => `time of version ${version}`);
    note(found, 'stream', walletId, fields);
  }
}

/** Returns the wallets whose state besides the balance differs. Reads nothing of wallets without any. */
async function compareState(
  { deps: { pool }, rows, found, onCompared }: ComparisonRun,
  high: string,
  streams: readonly FoldedStream[],
): Promise<ReadonlySet<string>> {
  if (!rows) return new Set();
  const ofEvents = streams.filter(({ hasState }) => hasState).map(({ walletId }) => walletId);
  const ofRows = await readWalletsWithState(pool, found.after, high);
  const differences = await compareStates(pool, [...new Set([...ofEvents, ...ofRows])], () => {
    onCompared(found.after);
  });
  for (const [walletId, fields] of differences) note(found, 'wallet state', walletId, fields);
  return new Set(differences.keys());
}

/** Returns whether the row differs. */
async function compareRow(
  { deps, found }: ComparisonRun,
  walletId: string,
  wallet: Wallet | undefined,
  { rows }: Stored,
): Promise<boolean> {
  if (rows === undefined || rowDiffers(rows.get(walletId), wallet).length === 0) return false;
  return note(found, 'wallet row', walletId, await rowDifferences(deps.pool, walletId));
}

/** Returns whether the document differs. */
async function compareDocument(
  { deps, index, onCompared, found }: ComparisonRun,
  walletId: string,
  wallet: Wallet | undefined,
  { documents, unaccepted, details }: Stored,
): Promise<boolean> {
  const content = wallet && contentOf(wallet.version, { ...walletDocument(wallet, details.get(walletId)) });
  const document = documents.get(walletId);
  if (
    content !== undefined &&
    document !== undefined &&
    contentOf(document.version, document.source) === content
  ) {
    const hashed = hashOf(content);
    addTo(found.expected, hashed);
    addTo(found.indexed, hashed);
    return false;
  }
  const now = await readIndexedDocument(deps.elasticsearch, index, walletId);
  const versionMin = unaccepted.has(walletId) ? 0 : (wallet?.version ?? 0);
  const fields = await documentDifferences(deps.pool, walletId, now, versionMin);
  const differs = note(found, 'document', walletId, fields);
  const contentNow = now && contentOf(now.version, now.source);
  // Without a difference the document equals the fold of the stream up to the document's version.
  const expectedNow = differs ? content : contentNow;
  if (contentNow !== undefined) addTo(found.indexed, hashOf(contentNow));
  if (expectedNow !== undefined) addTo(found.expected, hashOf(expectedNow));
  onCompared(found.after);
  return differs;
}

/** Counts a difference unless `fields` is empty, and keeps the first ones. Returns whether it counted one. */
function note(
  found: Findings,
  where: Difference['where'],
  walletId: string,
  fields: readonly string[],
): boolean {
  if (fields.length === 0) return false;
  found.differencesCount += 1;
  if (found.differences.length < differencesKeptMax) found.differences.push({ where, walletId, fields });
  return true;
}
