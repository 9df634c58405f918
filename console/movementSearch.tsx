// Finds movements of money by any id or text. One request examines a bounded part of the log, so the search
// asks on, says how far it is, and ends when a movement is found, the log ends, or the reader stops it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useDraft } from './draft.ts';
import { amount, count, time } from './format.ts';
import { List } from './list.tsx';
import { type Movement, searchMovements, type Unreadable } from './movementQueries.ts';
import { partiesOf, typeTitles } from './movementWords.ts';
import { isCommandId, RefusedCommand } from './refusedCommand.tsx';
import { hrefOf, hrefOfMovements, type MovementsAsked } from './route.ts';
import { SearchForm } from './searchForm.tsx';
import type { Column } from './table.tsx';

interface Search {
  readonly rows: readonly Movement[];
  readonly unreadable: readonly Unreadable[];
  readonly nextCursor: string | null;
  readonly examined: number;
  /** The events there were when the search began. */
  readonly events: number;
  readonly isLoading: boolean;
  readonly failure: string | undefined;
}

const begun: Search = {
  rows: [],
  unreadable: [],
  nextCursor: null,
  examined: 0,
  events: 0,
  isLoading: true,
  failure: undefined,
};

/** Requests that one press of the button makes at most. */
const requestsMax = 1_000;

interface MovementFormProps {
  readonly asked: MovementsAsked;
  readonly onRepeat: () => void;
}

export function MovementForm({ asked, onRepeat }: MovementFormProps) {
  const [range, setRange] = useDraft({ from: asked.from, to: asked.to }, `${asked.from} ${asked.to}`);
  return (
    <SearchForm
      text={asked.text}
      label="Movements"
      placeholder="Id of a movement, request, command, transfer, hold or wallet, or words of the description"
      hrefOf={(text) => hrefOfMovements({ text, ...range })}
      onRepeat={onRepeat}
    >
      {(['from', 'to'] as const).map((bound) => (
        <input
          key={bound}
          type="datetime-local"
          aria-label={bound === 'from' ? 'Happened at or after' : 'Happened before'}
          title={bound === 'from' ? 'Happened at or after' : 'Happened before'}
          value={range[bound]}
          onInput={(event) => {
            setRange({ ...range, [bound]: event.currentTarget.value });
          }}
        />
      ))}
    </SearchForm>
  );
}

export function MovementSearch({ asked }: { readonly asked: MovementsAsked }) {
  const [search, setSearch] = useState(begun);
  const runs = useRef(0);
  const run = async (from: Search) => {
    runs.current += 1;
    const run = runs.current;
    let now: Search = { ...from, isLoading: true, failure: undefined };
    for (let requests = 0; requests < requestsMax && now.isLoading; requests += 1) {
      setSearch(now);
      now = await askOn(asked, now, from.rows.length + from.unreadable.length);
      if (runs.current !== run) return;
    }
    setSearch({ ...now, isLoading: false });
  };
  const stop = () => {
    runs.current += 1;
    setSearch((now) => ({ ...now, isLoading: false }));
  };
  useEffect(() => {
    void run(begun);
    return () => {
      runs.current += 1;
    };
  }, [asked.text, asked.from, asked.to]);
  return (
    <>
      <MovementForm asked={asked} onRepeat={() => void run(begun)} />
      <Found asked={asked} search={search} onMore={() => void run(search)} onStop={stop} />
    </>
  );
}

/** One request more. The search goes on while it has found no more than `before`. */
async function askOn(asked: MovementsAsked, search: Search, before: number): Promise<Search> {
  const isFirst = search.nextCursor === null;
  try {
    const page = await searchMovements(asked, search.nextCursor ?? undefined);
    const rows = [...search.rows, ...page.movements];
    const unreadable = [...search.unreadable, ...page.unreadable];
    const isFound = rows.length + unreadable.length > before;
    return {
      ...{ rows, unreadable, failure: undefined },
      nextCursor: page.nextCursor,
      examined: search.examined + page.examined.events,
      events: isFirst ? (page.examined.newestPosition ?? 0) : search.events,
      isLoading: page.nextCursor !== null && !isFound,
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...search, isLoading: false, failure };
  }
}

interface FoundProps {
  readonly asked: MovementsAsked;
  readonly search: Search;
  readonly onMore: () => void;
  readonly onStop: () => void;
}

function Found({ asked: { text, from, to }, search, onMore, onStop }: FoundProps) {
  const { unreadable, examined, events, nextCursor, isLoading } = search;
  return (
    <section class="panel" aria-label="Movements found">
      <header>
        <h2>{text === '' ? 'Newest movements' : `Movements with “${text}”`}</h2>
        <p class="aside actions">
          {events > 0 && (
            <span role="status" aria-label="Progress of the search">
              examined {count(examined)} of {count(nextCursor === null && !isLoading ? examined : events)}{' '}
              events
            </span>
          )}
          {isLoading && (
            <button type="button" onClick={onStop}>
              Stop
            </button>
          )}
        </p>
      </header>
      {isLoading && events > 0 && (
        <progress aria-label="Examined events" max={events} value={Math.min(examined, events)} />
      )}
      <List
        list={{ ...search, keyOf: ({ movementId }) => movementId, more: onMore }}
        columns={movementColumns}
        noun="movement"
        empty={<NothingFound asked={{ text, from, to }} />}
      />
      {unreadable.map(({ movementId, reason }) => (
        <p key={movementId} class="refusal">
          {movementId} can’t be read by this release: {reason}
        </p>
      ))}
    </section>
  );
}

function NothingFound({ asked: { text, from, to } }: { readonly asked: MovementsAsked }) {
  if (text === '' && from === '' && to === '')
    return <>No money has moved yet. Create a wallet with `wallet create` or POST /wallets.</>;
  return (
    <>
      No movement fits. Check the id for missing characters, and the range of time. A command that was refused
      moved nothing: its Command-Id finds the reason here.
      {isCommandId(text) && <RefusedCommand commandId={text} />}
    </>
  );
}

const movementColumns: [Column<Movement>, ...Column<Movement>[]] = [
  {
    title: 'Movement',
    cell: ({ movementId }) => <a href={hrefOf('movement', movementId)}>{movementId}</a>,
  },
  { title: 'When', cell: ({ occurredAt }) => time(occurredAt) },
  { title: 'Type', cell: ({ type }) => typeTitles[type] },
  { title: 'From', cell: (movement) => partiesOf(movement).from },
  { title: 'To', cell: (movement) => partiesOf(movement).to },
  { title: 'Description', kind: 'reason', cell: ({ description }) => description },
  {
    title: 'Amount',
    kind: 'number',
    cell: (movement) => `${amount(movement.amount)} ${movement.currency}`,
  },
];
