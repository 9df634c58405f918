// The four parts, and the addresses that follow from their ports or from the environment.
import { elasticsearch } from './elasticsearch.ts';
import type { Part, PartName, Urls } from './part.ts';
import { given, type Environment } from './paths.ts';
import type { Ports } from './ports.ts';
import { databaseUrl, postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { temporal } from './temporal.ts';

export const parts: Readonly<Record<PartName, Part>> = { postgres, redis, temporal, elasticsearch };

/** If the environment has a part's address, that address is used and the part is not started. */
export function isExternal(part: Part, environment: Environment): boolean {
  return given(environment, part.urlVariable) !== undefined;
}

export function urlsOf(ports: Ports, environment: Environment): Urls {
  return {
    DATABASE_URL: given(environment, 'DATABASE_URL') ?? databaseUrl(ports.postgres),
    REDIS_URL: given(environment, 'REDIS_URL') ?? `redis://127.0.0.1:${ports.redis}`,
    ELASTICSEARCH_URL: given(environment, 'ELASTICSEARCH_URL') ?? `http://127.0.0.1:${ports.elasticsearch}`,
    TEMPORAL_ADDRESS: given(environment, 'TEMPORAL_ADDRESS') ?? `127.0.0.1:${ports.temporal}`,
    TEMPORAL_UI_URL: given(environment, 'TEMPORAL_UI_URL') ?? `http://127.0.0.1:${ports.temporalUi}`,
  };
}
