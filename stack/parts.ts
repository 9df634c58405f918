// The four parts, and the addresses that follow from their ports or from the environment.
import { elasticsearch, elasticsearchUrl } from './elasticsearch.ts';
import type { AdminUrls, Part, PartName, Urls } from './part.ts';
import { given, type Environment } from './paths.ts';
import type { Ports } from './ports.ts';
import { postgres } from './postgres.ts';
import { migrationRole, ownerRole, serviceRole, urlOfRole } from './postgresRoles.ts';
import { redis, redisUrl } from './redis.ts';
import type { Secrets } from './secrets.ts';
import { temporal } from './temporal.ts';

export const parts: Readonly<Record<PartName, Part>> = { postgres, redis, temporal, elasticsearch };

/** If the environment has a part's address, that address is used and the part is not started. */
export function isExternal(part: Part, environment: Environment): boolean {
  return given(environment, part.urlVariable) !== undefined;
}

/** The addresses that the service uses, with its own credentials. */
export function urlsOf(ports: Ports, environment: Environment, secrets: Secrets): Urls {
  return {
    DATABASE_URL:
      given(environment, 'DATABASE_URL') ?? urlOfRole(serviceRole, secrets.postgresService, ports.postgres),
    ...migrationUrlOf(ports, environment, secrets),
    REDIS_URL: given(environment, 'REDIS_URL') ?? redisUrl('wallet', secrets.redis, ports.redis),
    ELASTICSEARCH_URL:
      given(environment, 'ELASTICSEARCH_URL') ?? elasticsearchUrl(secrets.elasticsearch, ports.elasticsearch),
    TEMPORAL_ADDRESS: given(environment, 'TEMPORAL_ADDRESS') ?? `127.0.0.1:${ports.temporal}`,
    TEMPORAL_UI_URL: given(environment, 'TEMPORAL_UI_URL') ?? `http://127.0.0.1:${ports.temporalUi}`,
  };
}

/** A PostgreSQL of somebody else has one role for everything, unless its owner says otherwise. */
function migrationUrlOf(
  ports: Ports,
  environment: Environment,
  secrets: Secrets,
): Pick<Urls, 'DATABASE_MIGRATION_URL'> {
  const named = given(environment, 'DATABASE_MIGRATION_URL');
  if (named !== undefined) return { DATABASE_MIGRATION_URL: named };
  if (given(environment, 'DATABASE_URL') !== undefined) return {};
  return { DATABASE_MIGRATION_URL: urlOfRole(migrationRole, secrets.postgres, ports.postgres) };
}

/** The same stores with all rights. Tests and fault runs use them. The service never gets them. */
export function adminUrlsOf(ports: Ports, environment: Environment, secrets: Secrets): AdminUrls {
  return {
    DATABASE_URL:
      given(environment, 'DATABASE_URL') ?? urlOfRole(ownerRole, secrets.postgresOwner, ports.postgres),
    REDIS_URL: given(environment, 'REDIS_URL') ?? redisUrl('admin', secrets.redisAdmin, ports.redis),
  };
}
