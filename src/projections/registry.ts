// The registry of projections: the one list of what is made from the events. Drains, schedules, API, console,
// CLI, metrics and the health model follow it. A new projection is one entry here and its sink in sinks.ts.
// This file imports nothing, because workflows, the console's page and the CLI read it too.

export interface RegisteredProjection {
  /**
   * Stable, in lower case with hyphens. Its checkpoint, its schedule, its metrics and its parked events carry
   * it.
   */
  readonly name: string;
  /** For people: "Read model". */
  readonly title: string;
  /**
   * Invariant: an event counts as processed once every required projection has taken it. A projection that is
   * not required holds no outbox row, no verification and no upkeep. Its lag is a warning of its own.
   */
  readonly required: boolean;
  /** The workflow type that its schedule starts. If it is absent: `drainProjection` with the name. */
  readonly workflowType?: string;
}

const registered = [
  { name: 'read-model', title: 'Read model', required: true, workflowType: 'drainReadModel' },
  { name: 'ledger', title: 'Ledger', required: true, workflowType: 'drainLedger' },
  { name: 'webhooks', title: 'Webhooks', required: false },
] as const satisfies readonly RegisteredProjection[];

export type ProjectionName = (typeof registered)[number]['name'];

export const projections: readonly (RegisteredProjection & { readonly name: ProjectionName })[] = registered;

export const projectionNames: readonly ProjectionName[] = projections.map(({ name }) => name);

/** Statements about the outbox take these names. Checkpoints of other projections hold nothing. */
export const requiredProjections: readonly ProjectionName[] = projections
  .filter(({ required }) => required)
  .map(({ name }) => name);

/**
 * Names of projections that were removed. A worker deletes their schedules when it starts. Their checkpoints
 * and parked events stay in the database and count for nothing, so the release before can go on with them.
 */
export const retiredProjections: readonly string[] = [];

/** The name itself if it is not registered here: another release may know it. */
export function titleOf(projection: string): string {
  return projections.find(({ name }) => name === projection)?.title ?? projection;
}

/** The name of the schedule that drains it, without SCHEDULE_ID_PREFIX. */
export function drainScheduleOf(projection: string): string {
  return `drain-${projection}`;
}
