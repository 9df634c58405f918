// Imported first, because uPlot formats numbers with the browser's language as soon as it is loaded. Chromium
// under LANG=C calls its language "en-US@posix", which Intl refuses: without this the page stays empty.
try {
  new Intl.NumberFormat(navigator.language);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}
