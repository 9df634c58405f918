// segments: the segments of the log, with the bytes that each table holds of them.
import type { Command } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { grouped, table } from './output.ts';

type Segment = components['schemas']['Segment'];

const mebibyte = 1_048_576;

export function addSegmentCommands(program: Command): void {
  program
    .command('segments')
    .description('list the segments of the log, the newest first, with their sizes in MiB')
    .addHelpText('after', examples('wallet segments', 'wallet segments --json | jq .ahead'))
    .action(async (_: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.listSegments());
      output.result(found, () =>
        found.segments.length === 0
          ? 'The log is not cut into segments yet.'
          : `${tableOf(found.segments)}\n${found.ahead} empty ahead of position ${grouped(found.head)}.`,
      );
    });
}

function tableOf(segments: readonly Segment[]): string {
  const rows = segments.map((one) => [
    one.segment,
    String(one.from),
    String(one.to),
    one.events,
    mebibytes(one.eventBytes),
    one.outboxDroppedAt === null ? mebibytes(one.outboxBytes) : 'dropped',
    mebibytes(one.ledgerBytes),
    one.occurredFrom ?? undefined,
  ]);
  return table(['segment', 'from', 'to', 'events', 'log', 'outbox', 'ledger', 'first event'], rows);
}

function mebibytes(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}
