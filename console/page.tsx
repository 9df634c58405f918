// The console's entry: styles, theme and the application.
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

applyTheme(storedTheme());
const place = document.getElementById('page');
if (place === null) throw new Error('page.html has no element "page"');
place.replaceChildren();
render(<App />, place);
