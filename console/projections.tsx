// The projections' table: how far each is, and what can be done with it.
import type {
  ConsoleSnapshot,
  ConsoleSettings,
  ProjectionSnapshot,
  ScheduleSnapshot,
} from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { pauseProjection, rebuildLedger, rebuildReadModel, resumeProjection } from './actions.ts';
import { ago, count, duration, projectionTitles } from './format.ts';
import { lagWatchMs, lagWrongMs } from './status.ts';

interface ProjectionsProps {
  readonly look: ConsoleSnapshot;
  readonly settings: ConsoleSettings;
}

export function Projections({ look, settings }: ProjectionsProps) {
  const { stores, temporal } = look;
  return (
    <section id="projections" class="panel" aria-labelledby="projections-title" tabIndex={-1}>
      <header>
        <h2 id="projections-title">Projections</h2>
        {stores !== null && (
          <p class="aside">
            Outbox <b>{count(stores.outbox.unprocessed)}</b> waiting
            {stores.outbox.lagMs !== null && <>, oldest {duration(stores.outbox.lagMs)}</>}
            {temporal && (
              <>
                {' '}
                · {temporal.workers} worker{temporal.workers === 1 ? '' : 's'}
              </>
            )}
          </p>
        )}
      </header>
      {stores === null ? (
        <p class="empty">PostgreSQL does not answer.</p>
      ) : (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Projection</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Lag
              </th>
              <th scope="col" class="number">
                Behind
              </th>
              <th scope="col" class="number">
                Checkpoint
              </th>
              <th scope="col" class="number">
                Moved
              </th>
              <th scope="col" class="number">
                Parked
              </th>
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {stores.projections.map((projection) => (
              <Row key={projection.projection} {...{ projection, look, settings }} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ projection, look, settings }: ProjectionsProps & { readonly projection: ProjectionSnapshot }) {
  const name = projection.projection;
  const title = projectionTitles[name];
  const schedule = look.temporal?.schedules[name] ?? null;
  const isPaused = schedule?.paused === true;
  return (
    <tr>
      <th scope="row">{title}</th>
      <td data-label="State">
        <StateBadge projection={projection} schedule={schedule} />
      </td>
      <td data-label="Lag" class="number">
        {duration(projection.lagMs)}
      </td>
      <td data-label="Behind" class="number">
        {count(projection.behind)}
      </td>
      <td data-label="Checkpoint" class="number">
        <span>{count(projection.position)}</span> <span class="quiet-text">of {count(projection.head)}</span>
      </td>
      <td data-label="Moved" class="number">
        {ago(projection.updatedAt, look.atMs)}
      </td>
      <td data-label="Parked" class="number">
        {projection.parked > 0 ? <a href="#failures">{count(projection.parked)}</a> : 0}
      </td>
      <td class="actions">
        {isPaused ? (
          <ActionButton action={resumeProjection(settings, name)} of={title} />
        ) : (
          <ActionButton action={pauseProjection(settings, name)} of={title} />
        )}
        <ActionButton
          action={{
            ...(name === 'ledger' ? rebuildLedger(settings) : rebuildReadModel(settings)),
            label: 'Rebuild',
          }}
          of={title}
        />
      </td>
    </tr>
  );
}

interface StateBadgeProps {
  readonly projection: ProjectionSnapshot;
  readonly schedule: ScheduleSnapshot | null;
}

function StateBadge({ projection: { behind, lagMs }, schedule }: StateBadgeProps) {
  if (schedule?.paused) return <span class="badge badge-watch">Paused</span>;
  // A failure that the drain has left behind is no news: only a late one fails.
  if (behind > 0 && lagMs >= lagWatchMs && schedule?.lastFailure)
    return <span class="badge badge-wrong">Failing</span>;
  if (behind > 0 && lagMs >= lagWrongMs) return <span class="badge badge-wrong">Late</span>;
  if (behind > 0) return <span class="badge badge-busy">Catching up</span>;
  if (schedule === null) return <span class="badge">No schedule</span>;
  return <span class="badge badge-well">Up to date</span>;
}
