// The part of the header that says who is signed in and as what, with the way out.
import { type Signed, signOut } from './session.ts';

export function SignedIn({ signed }: { readonly signed: Signed | undefined }) {
  if (signed === undefined || signed.session === null) return null;
  const { name, roles } = signed.session;
  const may = signed.scopes.every((scope) => scope.endsWith(':read'))
    ? ' – may look, and change nothing'
    : '';
  return (
    <div class="signed-in">
      <span>
        {name}
        <span class="calm">
          {' '}
          ({roles.length === 0 ? 'API key' : roles.join(', ')}
          {may})
        </span>
      </span>
      <button
        type="button"
        onClick={() => {
          void signOut(false);
        }}
      >
        Sign out
      </button>
      <button
        type="button"
        onClick={() => {
          void signOut(true);
        }}
      >
        Sign out everywhere
      </button>
    </div>
  );
}
