// Wires the archive of the log: its place, its times, and who keeps it from going on.
import type { Client } from '@temporalio/client';
import type { ArchiveActivityDeps } from '../src/activities/archiveLog.ts';
import { moveOpeningState } from '../src/archive/openingState.ts';
import { openStorage } from '../src/archive/openStorage.ts';
import { archives, archiveTimes } from '../src/archive/archiveTimes.ts';
import type { Config } from '../src/config/config.ts';
import { runningReader } from '../src/temporal/runningReader.ts';

export async function wireArchive(config: Config, client: Client): Promise<ArchiveActivityDeps['archive']> {
  return {
    storage: await openStorage(config.ARCHIVE_URL, config.ARCHIVE_ENDPOINT),
    isOn: archives(config),
    times: () => archiveTimes(config, new Date()),
    busyWith: () => runningReader(client, config),
    moveOpeningState,
  };
}
