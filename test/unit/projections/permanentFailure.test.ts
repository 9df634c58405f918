// Which failures end a recovery. A wrong "permanent" ends what would have healed, and a wrong "waits" goes on
// for ever.
import { errors } from '@elastic/elasticsearch';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { isPermanent } from '../../../src/projections/permanentFailure.ts';
import { RebuildSupersededError, UnrecoverableError } from '../../../src/projections/projection.ts';
import { ElasticsearchUnavailableError } from '../../../src/projections/readModel/elasticsearch.ts';

function sqlError(code: string, routine?: string): DatabaseError {
  return Object.assign(new DatabaseError('refused', 0, 'error'), { code, routine });
}

function answered(statusCode: number, body: unknown): ElasticsearchUnavailableError {
  const meta = { name: 'test', context: null, request: {}, connection: null, attempts: 0, aborted: false };
  const cause = new errors.ResponseError({
    statusCode,
    body,
    headers: {},
    warnings: null,
    meta: meta as never,
  });
  return new ElasticsearchUnavailableError('refused', { cause });
}

const own = { error: { type: 'some_exception', reason: 'because' } };

describe.each([
  ['rights are missing', sqlError('42501'), true],
  ['a table is missing', sqlError('42P01'), true],
  ['something depends on the table', sqlError('2BP01'), true],
  ['a check fails', sqlError('23514'), true],
  ['a row is corrupt', sqlError('XX001'), true],
  ['a plan is older than a migration', sqlError('0A000', 'RevalidateCachedQuery'), false],
  ['a rival inserted the row first', sqlError('23505'), false],
  ['a lock did not come in time', sqlError('55P03'), false],
  ['the disk is full', sqlError('53100'), false],
  ['the server shuts down', sqlError('57P01'), false],
  ['the server became read-only in a failover', sqlError('25006'), false],
  ['a deadlock was broken', sqlError('40P01'), false],
  ['a statement took too long', sqlError('57014'), false],
  ['the connection broke', new Error('Connection terminated unexpectedly'), false],
  ['Elasticsearch refuses the mapping', answered(400, own), true],
  ['Elasticsearch refuses the password', answered(401, own), false],
  ['Elasticsearch refuses the user', answered(403, own), false],
  ['Elasticsearch is busy', answered(429, own), false],
  ['Elasticsearch has no master', answered(503, own), false],
  ['a proxy refuses', answered(403, '<html>forbidden</html>'), false],
  ['a bulk request is refused', new ElasticsearchUnavailableError('refused', { refusedWith: 403 }), false],
  ['a bulk request has a fault', new ElasticsearchUnavailableError('refused', { refusedWith: 400 }), true],
  ['a bulk request is put off', new ElasticsearchUnavailableError('later', { refusedWith: 429 }), false],
  ['the rebuild was superseded', new RebuildSupersededError('gone'), true],
  ['an operator has to act first', new UnrecoverableError('a view hangs there'), true],
] as const)('if %s', (_, error, permanent) => {
  it(permanent ? 'the recovery ends' : 'the recovery is tried again', () => {
    expect(isPermanent(error)).toBe(permanent);
  });
});
