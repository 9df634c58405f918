// Bugs of the outbox: the view that says what is processed, its rows, and the release before on it.
import type { PlantedBug } from '../plantedBug.ts';

const view = 'test/integration/projections/outbox/outboxView.test.ts';
const before = 'test/integration/projections/outbox/releaseBefore.test.ts';
const migration = 'src/eventStore/migrations/0024_outbox_view.sql';

export const outboxBugs: readonly PlantedBug[] = [
  {
    rule: 'R220',
    invariant: 'A question for unprocessed outbox rows reads no processed row.',
    name: 'the view hides from the planner that a processed row has a time',
    harm: 'The monitoring reads a week of rows each time it asks. The database is busiest when an operator is in a hurry.',
    file: migration,
    find: 'select position, created_at, created_at\n',
    replace: "select position, created_at, nullif(created_at, '-infinity')\n",
    test: {
      file: view,
      name: 'the statements of operators read no processed row, with statistics and without',
    },
  },
  {
    rule: 'R221',
    invariant: 'Each outbox row is in the view once.',
    name: 'a parked event that another projection has yet to take is counted twice',
    harm: 'During an outage the outbox shows more events than wait, and a prune of the release before goes wrong.',
    file: migration,
    find: 'where position <= (select position from passed_position)\n    -- The array',
    replace: 'where true\n    -- The array',
    test: {
      file: view,
      name: 'the outbox keeps a parked event open, once, however many projections have parked it',
    },
  },
  {
    rule: 'R222',
    invariant: 'The outbox waits for the required projections of the release whose worker started last.',
    name: 'a worker does not tell the database which projections are required',
    harm: 'A new required projection is a week behind, and the outbox says that nothing waits.',
    file: 'src/projections/checkpoints.ts',
    find: '  await listRequired(pool);\n',
    replace: '',
    test: {
      file: view,
      name: 'the outbox waits for the projections of the registry once a worker has started',
    },
  },
  {
    rule: 'R223',
    invariant: 'The release before appends outbox rows after the migration, with the rights that it has.',
    name: 'an outbox row of the release before goes nowhere',
    harm: 'During an upgrade events have no outbox row. The monitoring counts too few until the next check for lost rows.',
    file: migration,
    find: `on insert to outbox do instead
  insert into outbox_rows (position, created_at)
  values (new.position, new.created_at);`,
    replace: 'on insert to outbox do instead nothing;',
    test: {
      file: before,
      name: 'a process of the release before appends outbox rows, which this release counts',
    },
  },
  {
    rule: 'R224',
    invariant: 'A mark of the release before is accepted and changes nothing.',
    name: 'the view refuses the mark of the release before',
    harm: 'During an upgrade each pass of an old drain fails after its checkpoint. Its workflow is red until the last old worker is gone.',
    file: migration,
    find: 'create rule outbox_update as on update to outbox do instead nothing;\n',
    replace: '',
    test: {
      file: before,
      name: 'a process of the release before marks rows without a change, and sees what this release sees',
    },
  },
  {
    rule: 'R225',
    invariant: 'The time of a processed row says how old the row is, so every release prunes by it.',
    name: 'a processed row shows the time of the last checkpoint',
    harm: 'After a rollback no outbox row is old enough for the prune, and the table grows for as long as the old release runs.',
    file: migration,
    find: 'select position, created_at, created_at\n',
    replace: 'select position, created_at, (select max(updated_at) from projector_checkpoints)\n',
    test: {
      file: before,
      name: 'a process of the release before prunes processed rows past their retention, and no other',
    },
  },
  {
    rule: 'R226',
    invariant: 'A role that could read or write the outbox before the migration still can.',
    name: 'the view begins without rights',
    harm: 'Between the migration and its grants every command fails. The monitoring of an operator stays blind until somebody notices.',
    file: migration,
    find: 'where rights.grantee <> pg_class.relowner',
    replace: 'where rights.grantee = pg_class.relowner',
    test: {
      file: before,
      name: 'an installation of the release before is converted in place, with the rights of its roles, under sessions that go on',
    },
  },
];
