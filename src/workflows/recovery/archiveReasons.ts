// Says why a segment has to stay where it is on its way into the archive. It imports nothing at run time,
// because workflows read it.
import type { Taken } from '../../archive/steps.ts';

export const archiveReasons: Readonly<Record<Exclude<Taken, 'done'>, string>> = {
  order: 'an earlier segment comes first',
  levels: 'a process of an earlier release may still run, so the level of the archive is not open',
  filling: 'the log has not reached its end',
  young: 'its newest event is younger than ARCHIVE_AFTER_DAYS',
  projections: 'a projection has not passed its end',
  parked: 'a projection has parked an event of it',
  webhooks: 'an enabled webhook endpoint still has to deliver an event of it',
  sums: 'the sums of the ledger have not passed its end',
  outbox: 'its outbox rows are kept until OUTBOX_RETENTION_HOURS has passed',
  ledger: 'the postings of the ledger have other sums than its events, so rebuild the ledger',
  locked: 'one of its tables is in use by a long reader, such as a dump',
  kept: 'its grace of ARCHIVE_GRACE_DAYS is not over',
  restored: 'it was restored, and nobody has released it',
  busy: 'a rebuild or a verification runs',
};
