// The top of the page: whether anything is wrong, and what to do.
import type { FeedState } from './feed.ts';
import { duration } from './format.ts';
import { findings } from './status.ts';

export function StatusBar({ feed, nowMs }: { readonly feed: FeedState | undefined; readonly nowMs: number }) {
  const { snapshot, isConnected = false, heardAtMs = nowMs } = feed ?? {};
  if (snapshot === undefined) {
    return (
      <section class="status status-unknown" role="status">
        <p class="verdict">
          {feed === undefined || isConnected ? 'Loading…' : 'No connection to the API yet.'}
        </p>
      </section>
    );
  }
  // The page knows no problem before the first answer of the health model.
  if (snapshot.conditions === undefined && isConnected) {
    return (
      <section class="status status-unknown" role="status">
        <p class="verdict">Looking …</p>
      </section>
    );
  }
  const found = findings({ snapshot, isConnected, ageMs: nowMs - heardAtMs });
  const [worst] = found;
  const verdict =
    worst === undefined
      ? 'All is well.'
      : `${worst.severity === 'critical' ? 'Something is wrong' : 'Worth a look'}${found.length > 1 ? ` – ${found.length} things` : ''}.`;
  const projections = snapshot.stores?.projections ?? [];
  const lagMs = Math.max(0, ...projections.map((projection) => projection.lagMs));
  return (
    <section class={`status status-${worst?.severity ?? 'well'}`} role="status" aria-label="Status">
      <p class="verdict">
        <StatusMark severity={worst?.severity ?? 'well'} /> {verdict}
        {worst === undefined && (
          <span class="calm">
            {' '}
            Nothing to do. {projections.length > 2 ? 'All' : 'Both'} projections are{' '}
            {lagMs === 0 ? 'up to date' : `at most ${duration(lagMs)} behind`}.
          </span>
        )}
      </p>
      {found.length > 0 && (
        <ul>
          {found.map(({ what, todo, command, sinceMs, link, severity }) => (
            <li key={what} class={`finding-${severity}`}>
              <b>{what}</b> {todo} {command !== undefined && <code>{command}</code>}{' '}
              {sinceMs !== undefined && (
                <span class="calm">Since {duration(Math.max(0, snapshot.atMs - sinceMs))}.</span>
              )}{' '}
              {link !== undefined && <a href={link.href}>{link.text}</a>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const marks = { well: '✓', warning: '!', critical: '✕' } as const;

function StatusMark({ severity }: { readonly severity: keyof typeof marks }) {
  return (
    <span class={`mark mark-${severity}`} aria-hidden="true">
      {marks[severity]}
    </span>
  );
}
