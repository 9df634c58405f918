// Tells the page who uses it, and what that person may do. The page disables buttons and hides links by it.
// It protects nothing: the server checks every request.
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { get } from './http.ts';

export interface Signed {
  /** True if the service asks nobody for a key. Then the page says nothing about a session. */
  readonly open: boolean;
  readonly actor: string;
  readonly scopes: readonly string[];
  /** Null for a caller with a key in the header. */
  readonly session: { readonly name: string; readonly roles: readonly string[] } | null;
}

export const SignedContext = createContext<Signed | undefined>(undefined);

/** Whether the buttons that need this scope work. They do until the server said otherwise. */
export function useMay(scope: string): boolean {
  return useContext(SignedContext)?.scopes.includes(scope) ?? true;
}

let hasSession = false;

/** A lost stream tells no reason. If the session has ended, the request leads to the sign-in. */
export function askWhetherSignedIn(): void {
  if (hasSession) get('/console/session').catch(() => undefined);
}

export function useSigned(): Signed | undefined {
  const [signed, setSigned] = useState<Signed>();
  useEffect(() => {
    // Without an answer nothing is shown, and the server goes on refusing what it must.
    get<Signed>('/console/session').then(
      ({ body }) => {
        hasSession = body.session !== null;
        setSigned(body);
      },
      () => undefined,
    );
  }, []);
  return signed;
}

/** Ends the session here, or everywhere, and shows the sign-in. */
export async function signOut(everywhere: boolean): Promise<void> {
  const body = new URLSearchParams(everywhere ? { everywhere: 'true' } : {});
  await fetch('/console/sign-out', { method: 'POST', body, redirect: 'manual' });
  location.assign('/console/sign-in');
}
