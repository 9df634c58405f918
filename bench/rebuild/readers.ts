// Readers during a rebuild. Each reads the same few wallets again and again. It counts reads that failed,
// reads that the read model did not answer, and versions below one that it saw before.
import { harnessKey } from '../../harness/keys.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { unanswered } from '../load/unanswered.ts';
import { createWalletClient } from '../../src/client/index.ts';
import { walletIdOf } from '../load/load.ts';

const readers = 4;
const walletsPerReader = 25;
/** Pause of a reader between two reads. */
const restMs = 10;

export interface Readings {
  readonly reads: number;
  readonly failed: number;
  /** Answered from the event store: correct, but a rebuild should not cause it. */
  readonly fromEventStore: number;
  readonly stepsBack: number;
}

/** Starts the readers on wallets `w-1` and up. */
export function startReaders(url: string, signal: AbortSignal): { readonly finish: () => Promise<Readings> } {
  // One try, because failed reads are to be counted.
  const client = createWalletClient({ url, apiKey: harnessKey.text, retries: { attemptsMax: 1 } });
  const sum = { reads: 0, failed: 0, fromEventStore: 0, stepsBack: 0 };
  let finishing = false;

  async function read(walletId: string, seen: Map<string, number>): Promise<void> {
    sum.reads += 1;
    const answer = await client.getWallet({ walletId }).catch(unanswered);
    if (answer?.ok !== true) {
      sum.failed += 1;
      return;
    }
    const { value, facts } = answer;
    if (facts.readSource !== 'read-model') sum.fromEventStore += 1;
    if (value.version < (seen.get(walletId) ?? 0)) sum.stepsBack += 1;
    seen.set(walletId, value.version);
  }

  async function run(reader: number): Promise<void> {
    const seen = new Map<string, number>();
    for (let number = 0; !finishing && !signal.aborted; number += 1) {
      await read(walletIdOf(1 + reader * walletsPerReader + (number % walletsPerReader)), seen);
      await pause(restMs);
    }
  }

  const running = Promise.all(Array.from({ length: readers }, (_, reader) => run(reader)));
  // `finish` reports a failure. Until then nobody awaits it.
  running.catch(() => undefined);
  return {
    finish: async () => {
      finishing = true;
      await running;
      return sum;
    },
  };
}
