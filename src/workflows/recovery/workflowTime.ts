// The workflow's own time: inside Temporal's sandbox `Date.now` is the time of the workflow task, the same in every
// replay. The one place that may ask for it, so that the rule against clocks holds everywhere else.

export function workflowTimeMs(): number {
  return Date.now();
}
