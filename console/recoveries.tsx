// Recoveries: buttons that start one, the progress of those that run, and the outcome of those that ended.
import type {
  ConsoleSnapshot,
  ConsoleSettings,
  RecoverySnapshot,
} from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import {
  rebuildLedger,
  rebuildReadModel,
  rebuildWallet,
  steerRecovery,
  verify,
  verifyAndRepair,
} from './actions.ts';
import { count, duration, rate, time } from './format.ts';
import { get } from './http.ts';
import { List } from './list.tsx';
import { type Page, useList } from './listState.ts';
import { differencesLeft } from '../src/temporal/verificationOutcome.ts';
import { outcomeInWords, retryingInWords } from './recoveryResult.ts';
import type { Column } from './table.tsx';

interface RecoveriesProps {
  readonly snapshot: ConsoleSnapshot;
  readonly settings: ConsoleSettings;
}

export function Recoveries({ snapshot, settings }: RecoveriesProps) {
  const { temporal } = snapshot;
  const runs = temporal?.recoveries ?? [];
  const running = runs.filter(({ state }) => state === 'RUNNING');
  const ended = runs.filter(({ state }) => state !== 'RUNNING');
  const list = useList<EndedRun>({
    first: { rows: ended, nextCursor: temporal?.nextRecoveries ?? null },
    read: readOlder,
    keyOf: ({ runId }) => runId,
    version: ended.map(({ runId }) => runId).join(' '),
  });
  return (
    <section id="recoveries" class="panel" aria-labelledby="recoveries-title" tabIndex={-1}>
      <header>
        <h2 id="recoveries-title">Recoveries</h2>
        <p class="aside">
          <a href={settings.TEMPORAL_UI_URL}>Temporal Web UI</a>
        </p>
      </header>
      <div class="toolbar" role="group" aria-label="Start a recovery">
        {[rebuildReadModel, rebuildLedger, rebuildWallet, verify, verifyAndRepair].map((make) => (
          <ActionButton key={make.name} action={make(settings)} />
        ))}
      </div>
      {temporal === null && <p class="empty">Temporal does not answer.</p>}
      {running.map((run) => (
        <Running key={run.runId} run={run} nowMs={snapshot.atMs} settings={settings} />
      ))}
      {temporal && (
        <List
          list={list}
          columns={endedColumns}
          noun={running.length > 0 ? 'other recovery' : 'recovery'}
          empty={
            <>
              None has ended yet. Start one above, or type <code>wallet verify</code>.
            </>
          }
        />
      )}
    </section>
  );
}

/** The list of older runs does not say how they ended in more than a word. */
type EndedRun = Omit<RecoverySnapshot, 'progress' | 'retrying' | 'result' | 'failure'> &
  Partial<Pick<RecoverySnapshot, 'progress' | 'result' | 'failure'>>;

async function readOlder(cursor: string | undefined): Promise<Page<EndedRun>> {
  const after = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
  const { body } = await get<{ recoveries: EndedRun[]; nextCursor: string | null }>(
    `/admin/recovery${after}`,
  );
  return { rows: body.recoveries, nextCursor: body.nextCursor };
}

interface RunningProps {
  readonly run: RecoverySnapshot;
  readonly nowMs: number;
  readonly settings: ConsoleSettings;
}

function Running({ run, nowMs, settings }: RunningProps) {
  const { workflowId, progress, retrying, startedAt, url } = run;
  const isPaused = progress?.status === 'paused';
  return (
    <article class="running" aria-label={`${workflowId} runs`}>
      <div class="running-head">
        <h3>
          <a href={url}>{workflowId}</a>
        </h3>
        <span class={`badge ${isPaused ? 'badge-watch' : 'badge-busy'}`}>
          {isPaused ? 'Paused' : 'Running'}
        </span>
        <span class="quiet-text">for {duration(Math.max(0, nowMs - Date.parse(startedAt)))}</span>
        <span class="actions">
          <ActionButton
            action={steerRecovery(settings, workflowId, isPaused ? 'resume' : 'pause')}
            of={workflowId}
          />
          <ActionButton action={steerRecovery(settings, workflowId, 'cancel')} of={workflowId} />
        </span>
      </div>
      {progress === null ? (
        <p class="empty">No worker says how far it is.</p>
      ) : (
        <>
          <progress
            aria-label={`Progress of ${workflowId}`}
            max={Math.max(progress.total ?? 1, 1)}
            {...(progress.total === null ? {} : { value: progress.done })}
          />
          <p class="progress-words">
            <b>{progress.phase}</b>
            {progress.waitsUntil === null && (
              <>
                <span>
                  {count(progress.done)}
                  {progress.total !== null && <> of {count(progress.total)}</>} {progress.unit}
                </span>
                <span>{rate(progress.ratePerS)} a second</span>
              </>
            )}
            {progress.secondsLeft !== null && <span>{duration(progress.secondsLeft * 1_000)} left</span>}
            {progress.differences > 0 && <span>{count(progress.differences)} differences</span>}
          </p>
        </>
      )}
      {retrying !== null && <p class="reason">{retryingInWords(retrying, nowMs)}</p>}
    </article>
  );
}

const endedColumns: [Column<EndedRun>, ...Column<EndedRun>[]] = [
  { title: 'Recovery', cell: ({ url, workflowId }) => <a href={url}>{workflowId}</a> },
  { title: 'State', cell: (run) => <EndBadge run={run} /> },
  { title: 'Started', cell: ({ startedAt }) => time(startedAt) },
  {
    title: 'Took',
    kind: 'number',
    cell: ({ startedAt, closedAt }) =>
      closedAt === null ? '–' : duration(Date.parse(closedAt) - Date.parse(startedAt)),
  },
  {
    title: 'Outcome',
    kind: 'reason',
    cell: ({ failure, result, progress }) => failure ?? outcomeInWords(result, progress),
  },
];

function EndBadge({ run: { state, result } }: { readonly run: EndedRun }) {
  if (differencesLeft(result) > 0) return <span class="badge badge-wrong">Differences</span>;
  if (state === 'COMPLETED') return <span class="badge badge-well">Completed</span>;
  const title = state.slice(0, 1) + state.slice(1).toLowerCase().replaceAll('_', ' ');
  return <span class={`badge ${state === 'CANCELLED' ? '' : 'badge-wrong'}`}>{title}</span>;
}
