// Lists all webhook endpoints: where each sends which events, whether it delivers, since when and why not,
// and what waits.
import { useState } from 'preact/hooks';
import { ActionButton } from './actionButton.tsx';
import { ago, time } from './format.ts';
import { Lacks } from './lacks.tsx';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import { hrefOfWebhook } from './route.ts';
import { useMay } from './session.ts';
import type { Column } from './table.tsx';
import { makeEndpoint } from './webhookForms.ts';
import { type Endpoint, readEndpoints } from './webhookQueries.ts';
import { changingWebhooks } from './webhookRequest.ts';
import { attemptInWords, filterInWords, stateOf, waitingInWords } from './webhookWords.ts';

/** The server's time, if it is known. */
interface Clocked {
  readonly nowMs: number | undefined;
}

export function WebhookList({ nowMs }: Clocked) {
  const [refreshes, setRefreshes] = useState(0);
  const may = useMay(changingWebhooks.scope);
  const list = useList<Endpoint>({ read: readEndpoints, keyOf: ({ id }) => id, version: refreshes });
  const refresh = () => {
    setRefreshes(refreshes + 1);
  };
  return (
    <>
      <ListPanel
        title="Webhook endpoints"
        source="of this tenant, in order of id"
        actions={
          <>
            <button type="button" onClick={refresh}>
              Refresh
            </button>
            {may && <ActionButton action={makeEndpoint()} onDone={refresh} />}
          </>
        }
        list={list}
        columns={columnsAt(nowMs)}
        noun="endpoint"
        empty="No program is told of events by webhook. “New endpoint” has them sent to a URL."
      />
      <Lacks actions={[changingWebhooks]} />
    </>
  );
}

function columnsAt(nowMs: number | undefined): [Column<Endpoint>, ...Column<Endpoint>[]] {
  return [
    {
      title: 'Endpoint',
      cell: ({ id, url, description }) => (
        <>
          <a href={hrefOfWebhook(id)}>{url}</a> <span class="calm">{description}</span>
        </>
      ),
    },
    { title: 'Gets', cell: filterInWords },
    { title: 'State', cell: (endpoint) => <State endpoint={endpoint} nowMs={nowMs} /> },
    {
      title: 'Last attempt',
      cell: ({ lastAttempt }) => (lastAttempt === null ? 'none yet' : attemptInWords(lastAttempt)),
    },
    {
      title: 'Last event',
      cell: ({ lastEventAt }) => (lastEventAt === null ? 'none yet' : timeAndAge(lastEventAt, nowMs)),
    },
    { title: 'Waits', cell: waitingInWords },
  ];
}

export function State({ endpoint, nowMs }: Clocked & { readonly endpoint: Endpoint }) {
  const { badge, title, words } = stateOf(endpoint, nowMs);
  return (
    <>
      <span class={`badge ${badge}`}>{title}</span> {words}
    </>
  );
}

export function timeAndAge(iso: string, nowMs: number | undefined): string {
  return nowMs === undefined ? time(iso) : `${time(iso)} (${ago(iso, nowMs)})`;
}
