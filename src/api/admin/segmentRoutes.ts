// GET /admin/segments lists the segments of the log, for operators who plan disks and archives.
import type { Pool } from 'pg';
import { type ListedSegment, listSegments, segmentsListedMax } from '../../eventStore/segmentSizes.ts';
import type { App } from '../context.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { exampleCreatedAt } from '../openApi/exampleStory.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const bytes = () => z.int().min(0);

const segmentSchema = z
  .strictObject({
    segment: z.int().min(1),
    from: z.int().min(1).openapi({ description: 'The first position.' }),
    to: z.int().min(1).openapi({ description: 'The last position that has room.' }),
    events: z.int().min(0).openapi({ description: 'Events so far. An empty segment is ahead of the log.' }),
    eventBytes: bytes().openapi({ description: 'Bytes of the events with their indexes.' }),
    outboxBytes: bytes(),
    ledgerBytes: bytes().openapi({
      description: 'An older ledger that was converted holds several segments of the log in one of its own.',
    }),
    occurredFrom: z.iso.datetime().nullable().openapi({ description: 'When its first event happened.' }),
    madeAt: z.iso.datetime(),
    outboxDroppedAt: z.iso.datetime().nullable(),
  })
  .openapi('Segment');

const listSegmentsOperation = {
  id: 'listSegments',
  tag: 'Projections',
  method: 'get',
  path: '/admin/segments',
  scope: 'admin:read',
  summary: 'List the segments of the log',
  note: `A segment is a range of positions with a part in each table of the log. The newest ${segmentsListedMax} are listed.`,
  description: 'The segments, the newest first. None in a log that is not cut yet.',
  answer: z.strictObject({
    head: z.int().min(0).openapi({ description: 'The last position of the log.' }),
    ahead: z.int().min(0).openapi({ description: 'Empty segments after it.' }),
    segments: z.array(segmentSchema),
  }),
  codes: ['DATABASE_UNAVAILABLE'],
  example: {
    answer: {
      head: 3,
      ahead: 1,
      segments: [
        {
          segment: 2,
          from: 1_048_577,
          to: 2_097_152,
          events: 0,
          eventBytes: 24_576,
          outboxBytes: 8_192,
          ledgerBytes: 32_768,
          occurredFrom: null,
          madeAt: exampleCreatedAt,
          outboxDroppedAt: null,
        },
      ],
    },
  },
} as const satisfies Operation;

export const segmentOperations = [listSegmentsOperation] as const;

export function addSegmentRoutes(app: App, { pool }: { readonly pool: Pool }): void {
  addOperation(app, listSegmentsOperation, async (c) => {
    const { head, ahead, segments } = await listSegments(pool);
    return respondRead(c, { head: jsonNumber(head.toString()), ahead, segments: segments.map(toAnswer) });
  });
}

function toAnswer({ from, to, madeAt, outboxDroppedAt, occurredFrom, ...segment }: ListedSegment): object {
  return {
    ...segment,
    from: jsonNumber(from.toString()),
    to: jsonNumber(to.toString()),
    occurredFrom: occurredFrom?.toISOString() ?? null,
    madeAt: madeAt.toISOString(),
    outboxDroppedAt: outboxDroppedAt?.toISOString() ?? null,
  };
}
