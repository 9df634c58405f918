// Faults on the way of a segment into the archive and back.
import type { PlantedBug } from '../plantedBug.ts';

const migration = 'src/eventStore/migrations/0031_archive.sql';
/** It replaced some functions of the first one. */
const laterMigration = 'src/eventStore/migrations/0035_ledger_archive.sql';
const steps = 'src/archive/steps.ts';
const exportAgain = 'src/eventStore/migrations/0033_export_again.sql';
const archivedFile = 'src/archive/archivedFile.ts';
const archive = 'test/integration/archive/archive.test.ts';
const parquet = 'test/integration/archive/parquet.test.ts';

export const archiveBugs: readonly PlantedBug[] = [
  {
    rule: 'R370',
    invariant:
      'A segment leaves the database only after its file was read and compared with what was sealed.',
    name: 'the file of a segment is not read before the segment goes',
    harm: 'A file with other events is the only copy of them a week later.',
    file: archivedFile,
    find: '  if (events !== manifest.events || checksum !== manifest.checksum)\n',
    replace: '  if (events !== manifest.events)\n',
    test: {
      file: archive,
      name: 'a damaged archive is found if the file and its manifest agree, and the events are others',
    },
  },
  {
    rule: 'R371',
    invariant: 'A file is what its manifest says, and the manifest is the one that was written.',
    name: 'the manifest of a segment is not checked',
    harm: 'A manifest that somebody changed makes a wrong file look right.',
    file: archivedFile,
    find: '  if (sha256Of(text) !== segment.manifestSha256)\n',
    replace: '  if (sha256Of(text) === segment.sha256)\n',
    test: {
      file: archive,
      name: 'a damaged archive is found if the manifest is not the one that was written',
    },
  },
  {
    rule: 'R372',
    invariant: 'A detached segment is kept in the database for the whole grace.',
    name: 'a segment is dropped as soon as it is detached',
    harm: 'An error that shows after an hour can only be undone through the file.',
    file: laterMigration,
    find: '  if kept.detached_at >= before then\n    return false;\n  end if;\n',
    replace: '',
    test: { file: archive, name: 'a segment is kept, detached, until its grace is over' },
  },
  {
    rule: 'R373',
    invariant: 'A segment is archived only after its outbox rows were dropped.',
    name: 'a segment goes before its outbox rows',
    harm: 'The check for lost rows finds rows without events, and nobody knows which of them was projected.',
    file: migration,
    find: "           when outbox_dropped_at is null then 'outbox'\n",
    replace: '',
    test: {
      file: archive,
      name: 'a segment stays as long as somebody needs it: its outbox rows are kept',
    },
  },
  {
    rule: 'R374',
    invariant: 'The database attaches a restored segment only if its events are those that were sealed.',
    name: 'a restore attaches whatever it was given',
    harm: 'A program with the rights of the service replaces a year of events by its own.',
    file: laterMigration,
    find: '  if sums.events <> sealed.events or sums.checksum <> sealed.checksum then\n',
    replace: '  if sums.events <> sealed.events then\n',
    test: {
      file: archive,
      name: 'a damaged archive can not bring in other events through the functions of a restore',
    },
  },
  {
    rule: 'R375',
    invariant: 'The file is compared once more before the last rows of its segment are dropped.',
    name: 'the drop trusts a verification of last week',
    harm: 'A file that was lost or damaged within the grace takes the events with it.',
    file: steps,
    find: '      await checkFile(deps.storage, segment, await previousOf(pool, segment));\n      const dropped',
    replace: '      const dropped',
    test: { file: archive, name: 'a damaged archive drops nothing if the file was lost within the grace' },
  },
  {
    rule: 'R376',
    invariant: 'No segment is opened, detached or dropped while a rebuild or a verification runs.',
    name: 'the archive does not ask who reads the log',
    harm: 'A rebuild that began before loses events in its midst, and its checksum is wrong.',
    file: steps,
    find: '  return (await busyWith?.()) !== undefined;\n',
    replace: '  await busyWith?.();\n  return false;\n',
    test: {
      file: archive,
      name: 'a segment stays as long as somebody needs it: a rebuild or a verification that runs',
    },
  },
  {
    rule: 'R377',
    invariant: 'Each value of an archived event comes back as it was stored, byte for byte.',
    name: 'texts are read as the library reads them',
    harm: 'A description that begins with a byte order mark comes back without it, and the segment can not be restored.',
    file: 'src/archive/eventFile.ts',
    find: '      stringFromBytes: ',
    replace: '      anotherFromBytes: ',
    test: { file: parquet, name: 'odd values of both forms come back byte for byte' },
  },
  {
    rule: 'R378',
    invariant: 'The archive of one log never overwrites the files of another.',
    name: 'the place of the archive is not looked at before it is written',
    harm: 'Two installations with the same ARCHIVE_URL destroy the events of each other.',
    file: steps,
    find: '  await assertPlaceIsOurs(deps.storage, segment);\n',
    replace: '',
    test: { file: archive, name: 'a damaged archive of another log is not overwritten' },
  },
  {
    rule: 'R379',
    invariant: 'A segment stays while an enabled webhook endpoint still has to deliver an event of it.',
    name: 'the archive forgets the cursors of webhook endpoints',
    harm: 'An endpoint that was away for a month never gets its events.',
    file: migration,
    find: "                         where state = 'enabled'\n                           and position < to_position - 1)\n",
    replace: '                         where false)\n',
    test: {
      file: archive,
      name: 'a segment stays as long as somebody needs it: an endpoint has not passed it',
    },
  },
  {
    rule: 'R405',
    invariant:
      'A file that was lost is written again, as long as the rows of its segment are in the database.',
    name: 'a detached segment whose file was lost waits for an operator',
    harm: 'The rows are there, and nothing but a person makes a second copy of them. The archive stands still.',
    file: exportAgain,
    find: "     or sealed.step not in ('exported', 'verified', 'opened', 'detached') then\n",
    replace: "     or sealed.step not in ('exported', 'verified', 'opened') then\n",
    test: {
      file: archive,
      name: 'a file that is lost while the rows are in the database is written again, after its segment was detached',
    },
  },
  {
    rule: 'R406',
    invariant: 'The feed of some wallets gives each event that is in the log once, whatever was archived.',
    name: 'the feed by wallet takes archived versions for lost ones',
    harm: 'The search ends among the archived versions, and a reader of that wallet stands still for ever.',
    file: 'src/eventStore/read/findFeedOfWallets.ts',
    find: 'and version >= halves.middle',
    replace: 'and version = halves.middle',
    test: {
      file: 'test/integration/archive/readArchived.test.ts',
      name: 'after they have left the log the feed of walletId=a gives each event that is there once',
    },
  },
  {
    rule: 'R407',
    invariant: 'A movement keeps its id when the first half of its transfer leaves the log.',
    name: 'a receiving half without its sender makes a movement of its own',
    harm: 'A program that keeps movements by their ids books the same transfer a second time.',
    file: 'src/eventStore/read/archivedHalves.ts',
    find: '    found.set(position, { walletId, version });\n',
    replace: '',
    test: {
      file: 'test/integration/archive/cutTransfer.test.ts',
      name: 'after its first half has left the log every reader shows the id of before',
    },
  },
  {
    rule: 'R408',
    invariant: 'A replay of webhooks that needs archived events is refused.',
    name: 'a replay begins with the events that are left',
    harm: 'Its owner takes it for whole, and the events at its beginning are never sent.',
    file: 'src/webhooks/replayStore.ts',
    find: '    if (retained.since !== undefined && given.from < retained.since)\n',
    replace: '    if (retained.since !== undefined && given.until < retained.since)\n',
    test: {
      file: 'test/integration/archive/archivedWebhooks.test.ts',
      name: 'a replay that begins with archived events is refused, and a repeat of an earlier one is answered',
    },
  },
  {
    rule: 'R409',
    invariant:
      'A webhook endpoint never goes on after archived events that it has not delivered, unless it is resumed from now.',
    name: 'an endpoint is enabled without a look at what was archived after its cursor',
    harm: 'Its receiver misses the archived events, and nobody says so.',
    file: 'src/webhooks/endpointChanges.ts',
    find: '  await requireEventsAfterCursor(client, id);\n',
    replace: '',
    test: {
      file: 'test/integration/archive/archivedWebhooks.test.ts',
      name: 'an endpoint that would go on among archived events is refused, and goes on from now',
    },
  },
  {
    rule: 'R431',
    invariant: 'The lost file of a restored segment is written again as it was, or not at all.',
    name: 'a file that is written again is not compared with the one that was lost',
    harm: 'The manifest of the next segment tells another SHA-256, and that segment can not be restored any more.',
    file: 'src/archive/exportFiles.ts',
    find: '    check(name, sha256);\n',
    replace: '',
    test: {
      file: archive,
      name: 'a file that is lost while the rows are in the database is written again, unless it would be another one, and then nothing is written',
    },
  },
];
