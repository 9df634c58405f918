// The facts of a panel: each a title with its value. And what stands in the place of a panel that has none
// yet.
import type { ComponentChildren } from 'preact';

interface FactProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Fact({ title, children }: FactProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function FactLink({ href, title, children }: FactProps & { readonly href: string }) {
  return (
    <Fact title={title}>
      <a href={href}>{children}</a>
    </Fact>
  );
}

interface FailedProps {
  readonly isLoading: boolean;
  readonly failure: string | undefined;
}

export function Failed({ isLoading, failure }: FailedProps) {
  return (
    <div aria-live="polite">
      {isLoading && failure === undefined && <p class="empty">Loading…</p>}
      {failure !== undefined && <p class="refusal">{failure}</p>}
    </div>
  );
}
