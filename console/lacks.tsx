// Says which actions of a page the reader may not take, and which scope each needs. A disabled button tells
// its reason only to a mouse that rests on it.
import { useContext } from 'preact/hooks';
import { type Action, scopeOf } from './action.ts';
import { SignedContext } from './session.ts';

interface LacksProps {
  readonly actions: readonly Pick<Action, 'label' | 'scope'>[];
}

export function Lacks({ actions }: LacksProps) {
  const scopes = useContext(SignedContext)?.scopes;
  const lacking = scopes === undefined ? [] : actions.filter((action) => !scopes.includes(scopeOf(action)));
  if (lacking.length === 0) return null;
  const words = lacking.map((action) => `${action.label.toLowerCase()} (${scopeOf(action)})`);
  return <p class="lacks calm">Your role may not: {words.join(', ')}.</p>;
}
