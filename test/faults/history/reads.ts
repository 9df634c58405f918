// Checks reads. Each must show the wallet as it was at some version, to the byte. The event store shows the
// present, without what is due then. The read model may lag, but never shows one reader an older version than
// before.
import { readText } from '../../support/model/answers.ts';
import { withoutDue } from '../../support/model/due.ts';
import type { ModelWallet } from '../../support/model/wallets.ts';
import { boundsOf, endsOf, momentsBetween } from './moments.ts';
import type { Placed } from './order.ts';
import type { Finding, History, Read } from './recorded.ts';
import type { Timeline } from './timeline.ts';

export interface CheckedReads {
  readonly findings: readonly Finding[];
  /** Reads of the event store, which must fit at some position of the log. */
  readonly placed: readonly Placed[];
}

export function checkReads(history: History, timeline: Timeline): CheckedReads {
  const { reads } = history;
  const findings: Finding[] = [];
  const placed: Placed[] = [];
  const seen = new Map<string, number>();
  for (const read of reads.toSorted((one, other) => one.invokedAt - other.invokedAt)) {
    const { walletId, way, source, text, client, minVersion = 0, invokedAt, answeredAt } = read;
    const name = `${way} read of ${walletId} by ${client} at ${invokedAt.toFixed(1)}`;
    const stale = (detail: string) =>
      void findings.push({ kind: 'stale read', detail: `${name}: ${detail}` });
    if (source === 'event-store') placed.push(placeOf(read, name, timeline, history));
    if (text === undefined) continue;
    const version = versionIn(text);
    const wallet = timeline.walletAtVersion(walletId, version);
    if (wallet === undefined || !isShownAs(wallet, read, history)) {
      stale(`no version of the wallet ever was ${text}`);
      continue;
    }
    if (version < minVersion) stale(`shows version ${version}, asked was for ${minVersion}`);
    const carriedOutBy = timeline.executorAt(walletId, version);
    if (carriedOutBy !== undefined && carriedOutBy.invokedAt > answeredAt)
      stale(`shows version ${version}, which nobody had asked for yet`);
    // A list shows refreshed documents, a read by id written ones, the event store the present. Each only
    // goes forward.
    const observer = `${client} ${walletId} ${way === 'list' ? 'list' : 'id'} ${source}`;
    const before = seen.get(observer) ?? 0;
    if (version < before) stale(`shows version ${version} behind ${before}`);
    seen.set(observer, Math.max(before, version));
  }
  return { findings, placed };
}

/**
 * Whether the read may show this version. A release before holds shows less of it. What ends between the
 * request and its answer may have ended or not.
 */
function isShownAs(wallet: ModelWallet, read: Read, { besideFormer, epochMs }: History): boolean {
  const { text, source } = read;
  if (besideFormer === true && readText(wallet, 'beforeHolds') === text) return true;
  if (source === 'read-model') return readText(wallet) === text;
  const moments = momentsBetween(boundsOf(read, epochMs), endsOf(wallet));
  return moments.some((at) => readText(withoutDue(wallet, at)) === text);
}

/** The version in a wallet's text: a number of at most 15 digits. */
export function versionIn(text: string): number {
  return Number(/"version":(\d+)/.exec(text)?.[1]);
}

function placeOf(read: Read, name: string, timeline: Timeline, history: History): Placed {
  const { walletId, text, invokedAt, answeredAt } = read;
  return {
    name,
    invokedAt,
    answeredAt,
    fits: (position) => {
      const wallet = timeline.walletAt(walletId, position);
      if (wallet === undefined || text === undefined) return wallet === text;
      return isShownAs(wallet, read, history);
    },
    next: (position) => timeline.nextChange([walletId], position),
  };
}
