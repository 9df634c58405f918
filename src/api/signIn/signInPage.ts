// The page on which a person signs in. It is plain HTML, so that it works before any script has loaded. The
// script only carries the fragment of the address through the sign-in.
import { type SignInProblemCode, signInProblems } from '../../access/signIn/signInProblem.ts';

export interface SignInPage {
  readonly problem: SignInProblemCode | undefined;
  readonly hasProvider: boolean;
  /** An own path. */
  readonly returnTo: string;
}

export function signInPage({ problem, hasProvider, returnTo }: SignInPage): string {
  const refused =
    problem === undefined ? '' : `<p class="refused" role="alert">${escaped(signInProblems[problem])}</p>`;
  const start = `/console/sign-in/start?return_to=${encodeURIComponent(returnTo)}`;
  const provider = `<p><a id="start" class="button" href="${escaped(start)}">Sign in with your account</a></p>
      <p class="or">or</p>`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Sign in – Wallet console</title>
    <link rel="icon" href="/console/icon.svg" />
    <link rel="stylesheet" href="/console/signin.css" />
    <script type="module" src="/console/signin.js"></script>
  </head>
  <body>
    <main class="sign-in">
      <h1>Wallet console</h1>
      ${refused}
      ${hasProvider ? provider : ''}
      <form method="post" action="/console/sign-in">
        <label for="key">API key</label>
        <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" maxlength="200" required />
        <input id="return-to" name="return_to" type="hidden" value="${escaped(returnTo)}" />
        <button type="submit">Sign in with a key</button>
        <p class="calm">The key needs the scope admin:read. The browser does not keep it, but a session of eight hours at most.</p>
      </form>
    </main>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
