// A panel with a title, where its rows come from, and their list.
import type { ComponentChildren } from 'preact';
import { List, type ListProps } from './list.tsx';

interface ListPanelProps<T> extends ListProps<T> {
  readonly title: string;
  /** Where the rows come from, and their order. */
  readonly source: string;
  readonly actions?: ComponentChildren;
}

export function ListPanel<T>({ title, source, actions, ...list }: ListPanelProps<T>) {
  const id = `${title.toLowerCase().replaceAll(' ', '-')}-title`;
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        <p class="aside actions">
          <span>{source}</span>
          {actions}
        </p>
      </header>
      <List {...list} />
    </section>
  );
}
