// Recoveries: starting them, the running ones with their progress, and how the past ones ended.
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
import { resultInWords } from './recoveryResult.ts';
import { differencesLeft } from './status.ts';

interface RecoveriesProps {
  readonly look: ConsoleSnapshot;
  readonly settings: ConsoleSettings;
}

export function Recoveries({ look, settings }: RecoveriesProps) {
  const { temporal } = look;
  const runs = temporal?.recoveries ?? [];
  const running = runs.filter(({ state }) => state === 'RUNNING');
  const ended = runs.filter(({ state }) => state !== 'RUNNING');
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
        <Running key={run.runId} run={run} nowMs={look.atMs} settings={settings} />
      ))}
      {temporal && runs.length === 0 && <p class="empty">None was started yet.</p>}
      {ended.length > 0 && <Ended runs={ended} />}
    </section>
  );
}

interface RunningProps {
  readonly run: RecoverySnapshot;
  readonly nowMs: number;
  readonly settings: ConsoleSettings;
}

function Running({ run, nowMs, settings }: RunningProps) {
  const { workflowId, progress, startedAt, url } = run;
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
        <p class="empty">No worker tells how far it is.</p>
      ) : (
        <>
          <progress
            aria-label={`Progress of ${workflowId}`}
            max={Math.max(progress.total ?? 1, 1)}
            {...(progress.total === null ? {} : { value: progress.done })}
          />
          <p class="progress-words">
            <b>{progress.phase}</b>
            <span>
              {count(progress.done)}
              {progress.total !== null && <> of {count(progress.total)}</>} {progress.unit}
            </span>
            <span>{rate(progress.ratePerS)} a second</span>
            {progress.secondsLeft !== null && <span>{duration(progress.secondsLeft * 1_000)} left</span>}
            {progress.differences > 0 && <span>{count(progress.differences)} differences</span>}
          </p>
        </>
      )}
    </article>
  );
}

function Ended({ runs }: { readonly runs: readonly RecoverySnapshot[] }) {
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Recovery</th>
          <th scope="col">State</th>
          <th scope="col">Started</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.runId}>
            <th scope="row">
              <a href={run.url}>{run.workflowId}</a>
            </th>
            <td data-label="State">
              <EndBadge run={run} />
            </td>
            <td data-label="Started">{time(run.startedAt)}</td>
            <td data-label="Took" class="number">
              {run.closedAt === null ? '–' : duration(Date.parse(run.closedAt) - Date.parse(run.startedAt))}
            </td>
            <td data-label="Outcome" class="reason">
              {run.failure ?? resultInWords(run.result)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EndBadge({ run: { state, result } }: { readonly run: RecoverySnapshot }) {
  if (differencesLeft(result) > 0) return <span class="badge badge-wrong">Differences</span>;
  if (state === 'COMPLETED') return <span class="badge badge-well">Completed</span>;
  const word = state.slice(0, 1) + state.slice(1).toLowerCase().replaceAll('_', ' ');
  return <span class={`badge ${state === 'CANCELLED' ? '' : 'badge-wrong'}`}>{word}</span>;
}
