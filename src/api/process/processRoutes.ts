// What those who run the process ask it: does it live, should it get traffic, what is it, what does it count.
import type { App } from '../context.ts';
import type { Readiness } from '../../telemetry/readiness.ts';
import type { Exposition } from '../../telemetry/registry.ts';
import type { Version } from '../../telemetry/version.ts';
import { respond, respondJson } from '../http/respond.ts';

export type { Exposition, Readiness };

export interface ProcessRouteDeps {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<Exposition>;
  readonly version: Version;
}

export function addProcessRoutes(app: App, deps: ProcessRouteDeps): void {
  app.get('/livez', (c) => respondJson({ status: 'ok' }, c.get('requestId')));
  app.get('/readyz', async (c) => {
    const { ready, ...report } = await deps.readiness();
    return respondJson(report, c.get('requestId'), {}, ready ? 200 : 503);
  });
  app.get('/version', (c) => respondJson(deps.version, c.get('requestId')));
  app.get('/metrics', async (c) => {
    const { text, mediaType } = await deps.metrics();
    return respond({ status: 200, headers: { 'content-type': mediaType }, body: text }, c.get('requestId'));
  });
}
