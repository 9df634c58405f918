// Shows the person who asked for a movement. The audit log names people. A program is known by the key in
// the log lines of its request.
import { Fact } from './facts.tsx';
import { readWhoAsked } from './movementQueries.ts';
import { useRead } from './readState.ts';
import { hrefOfAudit } from './route.ts';
import { useMay } from './session.ts';

export function WhoAsked({ requestId }: { readonly requestId: string | null }) {
  const may = useMay('audit:read');
  if (requestId === null) return null;
  return (
    <Fact title="Asked by">
      {may ? <Asked requestId={requestId} /> : 'the audit log knows, and your role may not read it'}
    </Fact>
  );
}

function Asked({ requestId }: { readonly requestId: string }) {
  const { value: asked, failure } = useRead(() => readWhoAsked(requestId), [requestId]);
  if (failure !== undefined) return <>{failure}</>;
  if (asked === undefined) return <>…</>;
  const [first] = asked;
  if (first === undefined) return <>a program: the audit log has no person of this request</>;
  return (
    <>
      <a href={hrefOfAudit({ requestId })}>{first.actor ?? 'nobody who is known'}</a> ({first.operation}
      {first.reason === null ? '' : `: ${first.reason}`})
    </>
  );
}
