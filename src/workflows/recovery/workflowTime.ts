// Reads the workflow's own time. Temporal's sandbox gives `Date.now` the time of the workflow task, the same
// in every replay. No other file of the workflows may call it, so a rule against clocks can hold for all of
// them.

export function workflowTimeMs(): number {
  return Date.now();
}
