// The details of a run that takes neither arguments nor signals. It ignores them, and its details say so.
import { setCurrentDetails, setDefaultSignalHandler } from '@temporalio/workflow';
import { shownText } from './recovery/shapes.ts';

/** `what` names the run, such as "a drain". Returns the function that shows the run's details. */
export function showWithForeign(what: string, given: readonly unknown[]): (details: string) => void {
  let details = '';
  let ignored = given.length === 0 ? '' : `\n\nIgnored its arguments: ${what} takes none.`;
  const show = (next: string) => {
    details = next;
    setCurrentDetails(`${details}${ignored}`);
  };
  setDefaultSignalHandler((name) => {
    ignored = `\n\nIgnored signal ${shownText(name)}: ${what} takes none. Pause its schedule instead.`;
    show(details);
  });
  return show;
}
