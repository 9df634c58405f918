// GET /admin/parts: each part that the system stands on, as this process sees it: whether it answers, its version, what
// is wrong with it and what to do.
import type { App } from '../context.ts';
import { respondJson } from '../http/respond.ts';

export const partNames = ['postgres', 'redis', 'elasticsearch', 'temporal', 'worker'] as const;

export interface PartReport {
  readonly part: (typeof partNames)[number];
  /** Without it operations fail; without the others the service is slower or its projections wait. */
  readonly needed: boolean;
  readonly reachable: boolean;
  readonly version: string | null;
  readonly answeredInMs: number;
  /** What is wrong, and what to do; null where nothing is. */
  readonly problem: string | null;
  readonly advice: string | null;
}

export interface PartRouteDeps {
  readonly inspectParts: () => Promise<readonly PartReport[]>;
}

export function addPartRoutes(app: App, deps: PartRouteDeps): void {
  app.get('/admin/parts', async (c) => respondJson({ parts: await deps.inspectParts() }, c.get('requestId')));
}
