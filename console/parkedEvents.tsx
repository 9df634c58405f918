// Parked events: why each could not be projected, and what to do with it.
import type { ConsoleSnapshot } from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { retryFailure, skipFailure } from './actions.ts';
import { ago, count, counted, projectionTitles } from './format.ts';
import { hrefOf } from './route.ts';

export function Failures({ look }: { readonly look: ConsoleSnapshot }) {
  const failures = look.stores?.failures ?? [];
  const parked = (look.stores?.projections ?? []).reduce((sum, one) => sum + one.parked, 0);
  return (
    <section id="failures" class="panel" aria-labelledby="failures-title" tabIndex={-1}>
      <header>
        <h2 id="failures-title">Parked events</h2>
        {parked > failures.length && (
          <p class="aside">
            the first {count(failures.length)} of {count(parked)}
          </p>
        )}
      </header>
      {failures.length === 0 ? (
        <p class="empty">None: every event that was passed is projected.</p>
      ) : (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col" class="number">
                Event
              </th>
              <th scope="col">Projection</th>
              <th scope="col">Wallet</th>
              <th scope="col">Reason</th>
              <th scope="col">Tried</th>
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {failures.map((failure) => (
              <tr key={`${failure.projection} ${failure.position}`}>
                <th scope="row" class="number">
                  {count(failure.position)}
                </th>
                <td data-label="Projection">{projectionTitles[failure.projection]}</td>
                <td data-label="Wallet">
                  <a href={hrefOf('wallets', failure.walletId)}>{failure.walletId}</a>
                </td>
                <td data-label="Reason" class="reason">
                  {failure.lastError}
                </td>
                <td data-label="Tried">
                  {counted(failure.attempts, 'time')}, {dueInWords(failure.nextAttemptAt, look.atMs)}
                </td>
                <td class="actions">
                  <ActionButton action={retryFailure(failure)} of={`event ${failure.position}`} />
                  <ActionButton action={skipFailure(failure)} of={`event ${failure.position}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** An attempt that is due waits for its projection to run. */
function dueInWords(nextAttemptAt: string, nowMs: number): string {
  return Date.parse(nextAttemptAt) <= nowMs ? 'due now' : `next ${ago(nextAttemptAt, nowMs)}`;
}
