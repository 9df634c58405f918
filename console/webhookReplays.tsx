// Lists the replays of a webhook endpoint: how far each is, whether it has ended, and why it waits or failed.
import { count, time } from './format.ts';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import type { Column } from './table.tsx';
import { readReplays, type Replay } from './webhookQueries.ts';
import { namesOfTypes, replayState } from './webhookWords.ts';

interface ReplaysProps {
  readonly id: string;
  readonly nowMs: number | undefined;
  /** A new version reads the list again. */
  readonly version: unknown;
}

export function Replays({ id, nowMs, version }: ReplaysProps) {
  const list = useList<Replay>({
    read: (cursor) => readReplays(id, cursor),
    keyOf: (replay) => replay.id,
    version,
  });
  return (
    <ListPanel
      title="Replays"
      source="of the last 30 days, newest first"
      list={list}
      columns={columnsAt(nowMs)}
      noun="replay"
      empty="None. “Replay” above sends events of the past once more."
    />
  );
}

function columnsAt(nowMs: number | undefined): [Column<Replay>, ...Column<Replay>[]] {
  return [
    { title: 'Replay', cell: ({ id }) => id },
    { title: 'Events from', cell: ({ from }) => time(from) },
    { title: 'to', cell: ({ to }) => time(to) },
    { title: 'Types', cell: ({ types }) => (types === null ? 'those of the endpoint' : namesOfTypes(types)) },
    {
      title: 'State',
      cell: (replay) => {
        const { badge, title, words } = replayState(replay, nowMs);
        return (
          <>
            <span class={`badge ${badge}`}>{title}</span> {words}
          </>
        );
      },
    },
    { title: 'Sent', kind: 'number', cell: ({ sent }) => count(sent) },
  ];
}
