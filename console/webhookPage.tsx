// Shows one webhook endpoint: whether it delivers, since when and why not, and what a person does about it.
// The lists of its deliveries and replays follow.
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { Fact, Failed, FactLink } from './facts.tsx';
import { count, time } from './format.ts';
import { RequestError } from './http.ts';
import { Lacks } from './lacks.tsx';
import { useRead } from './readState.ts';
import { hrefOfAudit } from './route.ts';
import { useMay } from './session.ts';
import {
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  resumeFromNow,
  resumeFromParked,
  testEndpoint,
} from './webhookActions.ts';
import { Deliveries } from './webhookDeliveries.tsx';
import { changeEndpoint, replayEvents, rotateSecret, signings } from './webhookForms.ts';
import { State, timeAndAge } from './webhookList.tsx';
import { type DeliveryStatus, type Endpoint, type EndpointDetails, readEndpoint } from './webhookQueries.ts';
import { Replays } from './webhookReplays.tsx';
import { changingWebhooks } from './webhookRequest.ts';
import { adviceOf, attemptInWords, filterInWords, waitingInWords } from './webhookWords.ts';

interface WebhookPageProps {
  readonly id: string;
  /** The deliveries to show. Undefined shows all. */
  readonly status: DeliveryStatus | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly nowMs: number | undefined;
}

export function WebhookPage({ id, status, settings, nowMs }: WebhookPageProps) {
  const { value: endpoint, failure, again } = useRead(() => find(id), [id]);
  return (
    <>
      <Failed isLoading={endpoint === undefined} failure={failure} />
      {endpoint === 'absent' && (
        <p class="empty">
          There is no webhook endpoint “{id}”. <a href="#/webhooks">The list of all</a> shows what there is.
        </p>
      )}
      {endpoint !== undefined && endpoint !== 'absent' && (
        <>
          <Details {...{ endpoint, settings, nowMs }} onRefresh={again} />
          <Deliveries {...{ id, status, nowMs }} version={endpoint} />
          <Replays {...{ id, nowMs }} version={endpoint} />
        </>
      )}
    </>
  );
}

async function find(id: string): Promise<EndpointDetails | 'absent'> {
  try {
    return await readEndpoint(id);
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return 'absent';
    throw error;
  }
}

interface DetailsProps extends Pick<WebhookPageProps, 'settings' | 'nowMs'> {
  readonly endpoint: EndpointDetails;
  readonly onRefresh: () => void;
}

function Details({ endpoint, settings, nowMs, onRefresh }: DetailsProps) {
  const may = useMay(changingWebhooks.scope);
  const { lastAttempt, lastEventAt, lastSuccessAt } = endpoint;
  const advice = adviceOf(endpoint);
  return (
    <section class="panel" aria-labelledby="webhook-title">
      <header>
        <h2 id="webhook-title">{endpoint.url}</h2>
        <p class="aside">
          <button type="button" onClick={onRefresh}>
            Refresh
          </button>
        </p>
      </header>
      <dl class="facts">
        <Fact title="State">
          <State endpoint={endpoint} nowMs={nowMs} />
        </Fact>
        <Fact title="Last attempt">{lastAttempt === null ? 'none yet' : attemptInWords(lastAttempt)}</Fact>
        <Fact title="Waits">{waitingInWords(endpoint)}</Fact>
        <Fact title="Last event delivered">
          {lastEventAt === null ? 'none yet' : `happened ${timeAndAge(lastEventAt, nowMs)}`}
        </Fact>
        <Fact title="Last success">
          {lastSuccessAt === null ? 'none yet' : timeAndAge(lastSuccessAt, nowMs)}
        </Fact>
      </dl>
      {advice !== undefined && <p class="advice">{advice}</p>}
      {may && (
        <div class="toolbar" role="group" aria-label="Actions">
          {actionsOn(endpoint).map((action) => (
            <ActionButton key={action.label} action={action} onDone={onRefresh} />
          ))}
        </div>
      )}
      <Lacks actions={[changingWebhooks]} />
      <Settings endpoint={endpoint} settings={settings} nowMs={nowMs} />
    </section>
  );
}

/** What helps comes first. */
function actionsOn(endpoint: Endpoint) {
  const switching = endpoint.status === 'disabled' ? enableEndpoint : disableEndpoint;
  const makers = [
    ...[testEndpoint, resumeFromParked, switching, changeEndpoint, replayEvents, rotateSecret],
    ...[resumeFromNow, deleteEndpoint],
  ];
  return makers.map((make) => make(endpoint));
}

/** The settings, who made them, and the ages of the secrets. */
function Settings({ endpoint, settings, nowMs }: Omit<DetailsProps, 'onRefresh'>) {
  const { id, ordered, description, signing, createdAt, createdBy, changedAt, delivered, secrets } = endpoint;
  return (
    <dl class="facts">
      <Fact title="Gets">{filterInWords(endpoint)}</Fact>
      <Fact title="Order">
        {ordered ? 'the events of a wallet one after the other' : 'each event by itself'}
      </Fact>
      <Fact title="Signature">{signings.find(([kind]) => kind === signing)?.[1]}</Fact>
      <Fact title="Description">{description === '' ? 'none was given' : description}</Fact>
      <Fact title="Delivered">{count(delivered)}</Fact>
      <Fact title="Secrets that sign">
        <ul>
          {secrets.map(({ createdAt: madeAt, validUntil }) => (
            <li key={madeAt}>
              made {timeAndAge(madeAt, nowMs)}
              {validUntil !== null && `, ends ${timeAndAge(validUntil, nowMs)}`}
            </li>
          ))}
        </ul>
      </Fact>
      <Fact title="Made">
        {time(createdAt)} by {createdBy}
      </Fact>
      <Fact title="Changed">{time(changedAt)}</Fact>
      <FactLink title="By whom" href={hrefOfAudit({ target: id })}>
        Audit log
      </FactLink>
      {settings !== undefined && endpoint.pending > 0 && (
        <FactLink title="Retries in Temporal" href={workflowUrl(settings, id)}>
          webhook-retry/{id}
        </FactLink>
      )}
      <Fact title="Id">{id}</Fact>
    </dl>
  );
}

function workflowUrl(settings: ConsoleSettings, id: string): string {
  const { TEMPORAL_UI_URL, TEMPORAL_NAMESPACE, SCHEDULE_ID_PREFIX } = settings;
  const workflowId = encodeURIComponent(`${SCHEDULE_ID_PREFIX}webhook-retry/${id}`);
  return `${TEMPORAL_UI_URL}/namespaces/${TEMPORAL_NAMESPACE}/workflows/${workflowId}`;
}
