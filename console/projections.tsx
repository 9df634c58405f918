// The table of projections: how far each is, with buttons that pause, resume and rebuild it.
import type {
  ConsoleSnapshot,
  ConsoleSettings,
  ProjectionSnapshot,
  ScheduleSnapshot,
} from '../src/api/console/consoleSnapshot.ts';
import { titleOf } from '../src/projections/registry.ts';
import { ActionButton } from './actionButton.tsx';
import { pauseProjection, rebuildLedger, rebuildReadModel, resumeProjection } from './actions.ts';
import { ago, bytes, count, duration } from './format.ts';
import { type Severity, severityOf } from './status.ts';
import { type Column, Table } from './table.tsx';

interface ProjectionsProps {
  readonly snapshot: ConsoleSnapshot;
  readonly settings: ConsoleSettings;
}

export function Projections({ snapshot, settings }: ProjectionsProps) {
  const { stores, temporal } = snapshot;
  return (
    <section id="projections" class="panel" aria-labelledby="projections-title" tabIndex={-1}>
      <header>
        <h2 id="projections-title">Projections</h2>
        {stores !== null && (
          <p class="aside">
            Outbox <b>{count(stores.outbox.unprocessed)}</b> waiting
            {stores.outbox.lagMs !== null && <>, oldest {duration(stores.outbox.lagMs)}</>}
            {stores.segmentsAhead !== null && (
              <>
                {' '}
                · {stores.segmentsAhead} empty segment{stores.segmentsAhead === 1 ? '' : 's'} ahead
              </>
            )}
            {temporal && (
              <>
                {' '}
                · {temporal.workers} worker{temporal.workers === 1 ? '' : 's'}
              </>
            )}
          </p>
        )}
      </header>
      {stores?.archive && (
        <p class="aside">
          Archive <b>{count(stores.archive.segments)}</b> segment{stores.archive.segments === 1 ? '' : 's'} of
          the log, {bytes(stores.archive.bytes)}
          {stores.archive.restored > 0 && <>, {count(stores.archive.restored)} restored</>}
        </p>
      )}
      {stores === null ? (
        <p class="empty">PostgreSQL does not answer.</p>
      ) : (
        <Table
          columns={columnsOf(snapshot, settings)}
          rows={stores.projections}
          keyOf={({ projection }) => projection}
        />
      )}
    </section>
  );
}

function columnsOf(
  snapshot: ConsoleSnapshot,
  settings: ConsoleSettings,
): [Column<ProjectionSnapshot>, ...Column<ProjectionSnapshot>[]] {
  const { temporal, atMs } = snapshot;
  const scheduleOf = ({ projection }: ProjectionSnapshot) => temporal?.schedules[projection] ?? null;
  return [
    { title: 'Projection', cell: ({ projection }) => titleOf(projection) },
    {
      title: 'State',
      cell: (row) => (
        <StateBadge
          projection={row}
          schedule={scheduleOf(row)}
          severity={severityOf(row.projection, snapshot)}
        />
      ),
    },
    { title: 'Lag', kind: 'number', cell: ({ lagMs }) => duration(lagMs) },
    { title: 'Behind', kind: 'number', cell: ({ behind }) => count(behind) },
    {
      title: 'Checkpoint',
      kind: 'number',
      cell: ({ position, head }) => (
        <>
          <span>{count(position)}</span> <span class="quiet-text">of {count(head)}</span>
        </>
      ),
    },
    { title: 'Moved', kind: 'number', cell: ({ updatedAt }) => ago(updatedAt, atMs) },
    {
      title: 'Parked',
      kind: 'number',
      cell: ({ parked }) => (parked > 0 ? <a href="#parked-events">{count(parked)}</a> : 0),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (row) => (
        <RowActions settings={settings} projection={row.projection} schedule={scheduleOf(row)} />
      ),
    },
  ];
}

/** Projections that a recovery can make anew. Others are drained again from the beginning of the log. */
const rebuilds: Readonly<Record<string, typeof rebuildLedger | undefined>> = {
  'read-model': rebuildReadModel,
  ledger: rebuildLedger,
};

interface RowActionsProps {
  readonly settings: ConsoleSettings;
  readonly projection: ProjectionSnapshot['projection'];
  readonly schedule: ScheduleSnapshot | null;
}

function RowActions({ settings, projection, schedule }: RowActionsProps) {
  const title = titleOf(projection);
  const steer = schedule?.paused === true ? resumeProjection : pauseProjection;
  const rebuild = rebuilds[projection];
  return (
    <>
      <ActionButton action={steer(settings, projection)} of={title} />
      {rebuild !== undefined && (
        <ActionButton action={{ ...rebuild(settings), label: 'Rebuild' }} of={title} />
      )}
    </>
  );
}

interface StateBadgeProps {
  readonly projection: ProjectionSnapshot;
  readonly schedule: ScheduleSnapshot | null;
  /** What the health model finds of it. */
  readonly severity: Severity | undefined;
}

function StateBadge({ projection: { behind }, schedule, severity }: StateBadgeProps) {
  const badge = `badge badge-${severity === 'critical' ? 'wrong' : 'watch'}`;
  if (schedule?.paused) return <span class={badge}>Paused</span>;
  // A schedule keeps its last failure after the drain has recovered, so only a projection that is late is
  // failing.
  if (severity !== undefined && behind > 0)
    return <span class={badge}>{schedule?.lastFailure ? 'Failing' : 'Late'}</span>;
  if (behind > 0) return <span class="badge badge-busy">Catching up</span>;
  if (schedule === null) return <span class="badge">No schedule</span>;
  return <span class="badge badge-well">Up to date</span>;
}
