// I12 and I9: the read model that the real workflow rebuilds equals the one that was kept up. While the new
// one takes its place, no reader sees an older version or misses a wallet.
import { setTimeout as pause } from 'node:timers/promises';
import { exchange, readList, readWallet } from './client.ts';
import { checksumOf } from '../../../harness/invariants/projectionInvariants.ts';
import { bareId, scopedId, tenantOf } from '../../../src/domain/tenant.ts';
import { versionIn } from './reads.ts';
import type { Read } from './recorded.ts';
import type { SystemUnderTest } from './round.ts';
import { readDocumentRows } from '../../../harness/invariants/readProjectedRows.ts';
import type { DocumentRow } from '../../../harness/invariants/rows.ts';

export interface Rebuilt {
  /** Checksums of all documents, kept up and rebuilt. */
  readonly before: string;
  readonly after: string;
  readonly documents: number;
  readonly reads: number;
  readonly findings: readonly string[];
}

const readers = 4;
const walletsPerReader = 25;
/** A machine with ten times as much work as processors needs more than a minute. */
const rebuildWithinMs = 180_000;
const pollMs = 100;

/** Nothing may be written meanwhile, because the two read models are compared. */
export async function rebuildUnderReaders(system: SystemUnderTest): Promise<Rebuilt> {
  const { urls, elasticsearch, readModelAlias } = system;
  const url = urls[0] ?? '';
  const kept = await readDocumentRows(elasticsearch, readModelAlias, '');
  const over = new AbortController();
  const watching = Array.from({ length: readers }, (_, number) =>
    readUntil(
      over.signal,
      url,
      `reader-${number}`,
      kept.slice(number * walletsPerReader, (number + 1) * walletsPerReader),
    ),
  );
  try {
    await rebuild(url);
  } finally {
    over.abort();
  }
  const seen = await Promise.all(watching);
  const made = await readDocumentRows(elasticsearch, readModelAlias, '');
  return {
    before: checksumOf(kept),
    after: checksumOf(made),
    documents: made.length,
    reads: seen.reduce((sum, { reads }) => sum + reads, 0),
    findings: seen.flatMap(({ findings }) => findings),
  };
}

async function rebuild(url: string): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers: json, body: '{"slices":2,"graceS":1}' };
  const started = await exchange(`${url}/admin/recovery/rebuildAllReadModels`, init);
  if (started?.status !== 202) throw new Error(`the rebuild did not start: ${started?.text ?? 'no answer'}`);
  const { workflowId } = JSON.parse(started.text) as { workflowId: string };
  const deadline = performance.now() + rebuildWithinMs;
  for (;;) {
    const answer = await exchange(`${url}/admin/recovery/${workflowId}`, {});
    const { state } = JSON.parse(answer?.text ?? '{}') as { state?: string };
    if (state === 'COMPLETED') return;
    if (state !== undefined && state !== 'RUNNING')
      throw new Error(`the rebuild ended: ${answer?.text ?? ''}`);
    if (performance.now() > deadline)
      throw new Error(`the rebuild takes too long: ${answer?.text ?? 'no answer'}`);
    await pause(pollMs);
  }
}

/** Reads by id and by list until the signal. Nothing changes, so every read has to show the same versions. */
async function readUntil(over: AbortSignal, url: string, client: string, documents: readonly DocumentRow[]) {
  const findings: string[] = [];
  let reads = 0;
  const versions = new Map(documents.map(({ id, version }) => [id, version]));
  const compare = (tenant: string, read: Read | undefined) => {
    const version = versions.get(scopedId(tenant, read?.walletId ?? ''));
    if (read === undefined || version === undefined) return;
    reads += 1;
    const shown = read.text === undefined ? 'nothing' : `version ${versionIn(read.text)}`;
    if (shown !== `version ${version}`)
      findings.push(`${client}: ${read.walletId} is shown with ${shown} behind ${version}`);
  };
  for (let at = 0; !over.aborted && documents.length > 0; at = (at + 1) % documents.length) {
    for (const { id, ownerId } of documents.slice(at, at + 1)) {
      const tenant = tenantOf(id);
      compare(tenant, await readWallet(url, { client, walletId: bareId(id), way: 'plain' }, tenant));
      for (const read of await readList(url, client, bareId(ownerId), tenant)) compare(tenant, read);
    }
  }
  return { findings, reads };
}
