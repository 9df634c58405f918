// Entry of the sign-in's bundle: styles, theme, and the fragment of the address, which no server ever sees. A
// person who was sent here from a page of the console comes back to that page.
import './styles/tokens.css';
import './styles/signIn.css';
import { applyTheme, storedTheme } from './theme.ts';

applyTheme(storedTheme());
const { hash } = location;
const returnTo = document.getElementById('return-to');
if (hash !== '' && returnTo instanceof HTMLInputElement) {
  const target = returnTo.value + hash;
  returnTo.value = target;
  const start = document.getElementById('start');
  if (start instanceof HTMLAnchorElement)
    start.href = `/console/sign-in/start?return_to=${encodeURIComponent(target)}`;
}
