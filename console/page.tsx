// Entry of the console's bundle: loads styles, applies the theme, guards foreign text, and renders the
// application.
import './browserLanguage.ts';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/plots.css';
import './styles/dialog.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './theme.ts';
import { showForeignTextVisibly } from './visibleText.ts';

applyTheme(storedTheme());
showForeignTextVisibly();
const root = document.getElementById('page');
if (root === null) throw new Error('page.html has no element "page"');
root.replaceChildren();
render(<App />, root);
