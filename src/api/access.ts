// Makes the table of what each route asks of its caller. Operations say it in their declarations. The few
// paths that are no operations are listed here.
import type { Access } from '../access/scopes.ts';
import { consoleAssets, signInAssets } from './console/consolePage.ts';
import type { AccessTable } from './http/authentication.ts';
import type { Operation } from './openApi/operation.ts';
import { routesOf } from './openApi/operation.ts';

/** The paths that no operation declares: pages, their assets and the stream of the console. */
const otherRoutes: Readonly<Record<string, Access>> = {
  'GET /openapi.json': 'docs:read',
  'GET /docs': 'docs:read',
  'GET /docs/docs.js': 'docs:read',
  'GET /docs/viewer.js': 'docs:read',
  'GET /docs/viewer.css': 'docs:read',
  'GET /console': 'admin:read',
  'GET /console/stream': 'admin:read',
  ...Object.fromEntries(consoleAssets.map((name) => [`GET /console/${name}`, 'admin:read' as const])),
  // The page of the sign-in needs these. They hold nothing that is secret.
  ...Object.fromEntries(signInAssets.map((name) => [`GET /console/${name}`, 'open' as const])),
  'GET /console/session': 'admin:read',
  'GET /console/sign-in': 'open',
  'POST /console/sign-in': 'open',
  'GET /console/sign-in/start': 'open',
  'GET /console/sign-in/callback': 'open',
  'POST /console/sign-out': 'open',
};

export function accessTableOf(operations: readonly Operation[]): AccessTable {
  const declared = operations.flatMap((operation) =>
    routesOf(operation).map((route) => [route, operation.scope] as const),
  );
  return new Map([...declared, ...Object.entries(otherRoutes)]);
}
