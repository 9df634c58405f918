// The audit log: who asked for which change, when, why, and what came of it. The address holds the filters,
// so that a view can be sent to a colleague.
import { useState } from 'preact/hooks';
import type { AuditEntry } from '../src/api/audit/auditOperations.ts';
import { count, time, trimmed } from './format.ts';
import { get } from './http.ts';
import { List } from './list.tsx';
import { type Page, useList } from './listState.ts';
import { type AuditAsked, hrefOf, hrefOfAudit } from './route.ts';
import type { Column } from './table.tsx';

export function AuditPage({ asked }: { readonly asked: AuditAsked }) {
  const [repeats, setRepeats] = useState(0);
  const list = useList<AuditEntry>({
    read: (cursor) => readEntries(asked, cursor),
    keyOf: ({ id }) => id,
    version: repeats,
  });
  return (
    <>
      <AuditForm
        asked={asked}
        onRepeat={() => {
          setRepeats(repeats + 1);
        }}
      />
      <section class="panel" aria-labelledby="audit-title">
        <header>
          <h2 id="audit-title">Audit log</h2>
          <p class="aside">admin actions, sign-ins, and what was refused, newest first</p>
        </header>
        <List
          list={list}
          columns={columns}
          noun="entry"
          empty="No entry fits. Actions by `temporal` or `tctl` are not here: the Temporal Web UI shows those."
        />
      </section>
    </>
  );
}

async function readEntries(asked: AuditAsked, cursor: string | undefined): Promise<Page<AuditEntry>> {
  const utc = (local: string) => (local === '' ? '' : new Date(local).toISOString());
  const query = { ...asked, from: utc(asked.from), to: utc(asked.to), cursor: cursor ?? '' };
  const given = new URLSearchParams(Object.entries(query).filter(([, text]) => text !== '')).toString();
  const { body } = await get<{ entries: AuditEntry[]; nextCursor: string | null }>(`/audit?${given}`);
  return { rows: body.entries, nextCursor: body.nextCursor };
}

const labels: readonly (readonly [name: keyof AuditAsked, label: string])[] = [
  ['actor', 'Who'],
  ['operation', 'Operation'],
  ['target', 'Target'],
  ['requestId', 'Request'],
  ['from', 'At or after'],
  ['to', 'Before'],
];

interface AuditFormProps {
  readonly asked: AuditAsked;
  readonly onRepeat: () => void;
}

function AuditForm({ asked, onRepeat }: AuditFormProps) {
  const [typed, setTyped] = useState(asked);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const texts = Object.entries(typed).map(([name, text]) => [name, trimmed(text)]);
        const next = hrefOfAudit(Object.fromEntries(texts) as AuditAsked);
        if (location.hash === next) onRepeat();
        else location.hash = next;
      }}
    >
      {labels.map(([name, label]) => {
        const props = {
          ...{ key: name, 'aria-label': label, title: label, placeholder: label, value: typed[name] },
          onInput: (event: { readonly currentTarget: HTMLInputElement }) => {
            setTyped({ ...typed, [name]: event.currentTarget.value });
          },
        };
        const isTime = name === 'from' || name === 'to';
        return isTime ? <input type="datetime-local" {...props} /> : <input type="search" {...props} />;
      })}
      <button type="submit" class="primary">
        Find
      </button>
    </form>
  );
}

const columns: [Column<AuditEntry>, ...Column<AuditEntry>[]] = [
  { title: 'When', cell: ({ at }) => time(at) },
  { title: 'Who', cell: ({ actor }) => linked('actor', actor, 'unknown') },
  { title: 'Tenant', cell: ({ tenant }) => tenant ?? '' },
  { title: 'Operation', cell: ({ operation }) => linked('operation', operation) },
  { title: 'Target', cell: ({ target }) => target },
  { title: 'Outcome', cell: outcomeInWords },
  { title: 'Reason', kind: 'reason', cell: ({ reason }) => reason ?? '' },
  { title: 'From', cell: ({ address }) => address },
  {
    title: 'Request',
    // An action may have had commands. Then the search for movements finds what it moved.
    cell: ({ requestId }) => <a href={hrefOf('movements', requestId)}>{requestId}</a>,
  },
];

function linked(filter: 'actor' | 'operation', text: string | null, none = '') {
  return text === null ? none : <a href={hrefOfAudit({ [filter]: text })}>{text}</a>;
}

function outcomeInWords({ outcome, requests }: AuditEntry): string {
  if (outcome === null) return 'not known';
  const answered = outcome.code ?? `done (${outcome.status})`;
  return requests === 1 ? answered : `${answered}, ${count(requests)} times`;
}
