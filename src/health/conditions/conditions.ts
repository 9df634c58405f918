// Every condition of the health model, by part. A new way to be unwell is one more entry in the file of its
// part. A test checks that docs/operations.md and the alerts know each of them.
import type { Condition } from '../condition.ts';
import { archiveConditions } from './archiveConditions.ts';
import { elasticsearchConditions } from './elasticsearchConditions.ts';
import { levelConditions } from './levelConditions.ts';
import { ofRequired, optionalProjectionUnwell } from './optionalProjections.ts';
import { postgresConditions } from './postgresConditions.ts';
import { processConditions } from './processConditions.ts';
import { projectionConditions } from './projectionConditions.ts';
import { recoveryConditions } from './recoveryConditions.ts';
import { redisConditions } from './redisConditions.ts';
import { segmentConditions } from './segmentConditions.ts';
import { settingConditions } from './settingConditions.ts';
import { webhookConditions } from './webhookConditions.ts';
import { temporalConditions } from './temporalConditions.ts';

export const conditions: readonly Condition[] = [
  ...postgresConditions,
  ...segmentConditions,
  ...archiveConditions,
  ...settingConditions,
  ...redisConditions,
  ...elasticsearchConditions,
  ...temporalConditions.map(ofRequired),
  ...projectionConditions.map(ofRequired),
  optionalProjectionUnwell([...temporalConditions, ...projectionConditions]),
  ...webhookConditions,
  ...levelConditions,
  ...recoveryConditions,
  ...processConditions,
];
