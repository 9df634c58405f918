// The archive of the log over HTTP. An operator reads which segments are archived, and why the next one
// waits.
import type { Pool } from 'pg';
import type { App } from '../context.ts';
import type { ArchivedSegment } from '../../archive/archivedSegments.ts';
import { archiveReasons } from '../../workflows/recovery/archiveReasons.ts';
import { type ArchiveSettings, readArchiveStatus } from '../../archive/archiveStatus.ts';
import { jsonNumber } from '../http/exactJson.ts';
import {
  cursorAfter,
  cursorSchema,
  type List,
  nextCursorSchema,
  pageSizeSchema,
  readCursor,
} from '../http/page.ts';
import { readQuery } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const segmentsMax = 100;

const segmentSchema = z
  .strictObject({
    segment: z.int().min(1),
    from: z.int().min(1),
    to: z.int().min(2).openapi({ description: 'Not included.' }),
    state: z.enum(['attached', 'detached', 'dropped']).openapi({
      description: 'Whether its events are in the database: in the log, beside it, or in its file alone.',
    }),
    ledger: z.enum(['attached', 'detached', 'dropped']).openapi({
      description:
        'Whether its postings are in the ledger, in a table beside it, or nowhere. A restore makes them of the events.',
    }),
    step: z.string().nullable().openapi({
      description: 'The last step that is done: sealed, exported, verified, opened, detached or dropped.',
    }),
    events: z.int().min(1).nullable(),
    bytes: z.int().min(1).nullable().openapi({ description: 'Of its file.' }),
    file: z.string().nullable(),
    occurredFrom: z.iso.datetime().nullable(),
    occurredTo: z.iso.datetime().nullable(),
    changedAt: z.iso.datetime().nullable(),
    restoredAt: z.iso.datetime().nullable(),
    problem: z.string().nullable(),
  })
  .openapi('ArchivedSegment');

const nextSchema = z
  .strictObject({
    segment: z.int().min(1),
    step: z.string().nullable(),
    waitsFor: z.string().nullable().openapi({ description: 'Null if its next step may be taken.' }),
  })
  .openapi('NextSegment');

export const getArchive = {
  id: 'getArchive',
  tag: 'Projections',
  method: 'get',
  path: '/admin/archive',
  scope: 'admin:read',
  summary: 'See which segments of the log are archived',
  description: 'The segments that are full, the newest first, and what holds the next one up.',
  query: z.strictObject({ limit: pageSizeSchema(segmentsMax), cursor: cursorSchema }),
  answer: z
    .strictObject({
      archives: z
        .boolean()
        .openapi({ description: 'Whether the settings of this process archive segments.' }),
      archivedThrough: z.int().min(0),
      archivedSegments: z.int().min(0),
      archivedBytes: z.int().min(0),
      next: nextSchema.nullable(),
      segments: z.array(segmentSchema),
      nextCursor: nextCursorSchema,
    })
    .openapi('Archive'),
  codes: ['VALIDATION_FAILED', 'DATABASE_UNAVAILABLE'],
  example: {
    query: { limit: '5' },
    answer: {
      archives: true,
      archivedThrough: 1_048_576,
      archivedSegments: 1,
      archivedBytes: 56_623_104,
      next: { segment: 2, step: null, waitsFor: archiveReasons.young },
      segments: [
        {
          segment: 1,
          from: 1,
          to: 1_048_577,
          state: 'dropped',
          ledger: 'dropped',
          step: 'dropped',
          events: 1_048_576,
          bytes: 56_623_104,
          file: 'segment-000001/events.parquet',
          occurredFrom: exampleCreatedAt,
          occurredTo: exampleChangedAt,
          changedAt: exampleChangedAt,
          restoredAt: null,
          problem: null,
        },
      ],
      nextCursor: null,
    },
  },
} as const satisfies Operation;

export interface ArchiveRouteDeps {
  readonly pool: Pool;
  readonly archive: () => ArchiveSettings;
}

const listOfSegments: List = { name: getArchive.id, asked: {} };
const segmentKey = z
  .string()
  .regex(/^[1-9]\d{0,9}$/)
  .transform(Number);

export function addArchiveRoutes(app: App, { pool, archive }: ArchiveRouteDeps): void {
  addOperation(app, getArchive, async (c) => {
    const { limit, cursor } = readQuery(c, getArchive.query);
    const before = readCursor(cursor, listOfSegments, segmentKey) ?? Infinity;
    const status = await readArchiveStatus(pool, archive());
    const older = status.segments.toReversed().filter(({ segment }) => segment < before);
    const page = older.slice(0, limit);
    const last = page.at(-1);
    const archived = status.segments.filter(({ verifiedAt }) => verifiedAt !== null);
    return respondRead(c, {
      archives: status.isOn,
      archivedThrough: jsonNumber(String(status.archivedThrough)),
      archivedSegments: archived.length,
      archivedBytes: archived.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
      next: status.next === null ? null : inWords(status.next),
      segments: page.map(toAnswer),
      nextCursor:
        last === undefined || older.length === page.length
          ? null
          : cursorAfter(listOfSegments, String(last.segment)),
    });
  });
}

function inWords({ segment, waitsFor }: NonNullable<Awaited<ReturnType<typeof readArchiveStatus>>['next']>) {
  const { segment: number, step } = segment;
  return { segment: number, step, waitsFor: waitsFor === null ? null : archiveReasons[waitsFor] };
}

function toAnswer(segment: ArchivedSegment) {
  const { from, to, state, ledger, step, events, bytes, file, problem } = segment;
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    segment: segment.segment,
    from: jsonNumber(String(from)),
    to: jsonNumber(String(to)),
    ...{ state, ledger, step, events, bytes, file },
    occurredFrom: time(segment.occurredFrom),
    occurredTo: time(segment.occurredTo),
    changedAt: time(segment.changedAt),
    restoredAt: time(segment.restoredAt),
    problem,
  };
}
