// The commands archive status|run|restore|release|verify: the segments of the log that lie in files.
import { type Command, InvalidArgumentError } from 'commander';
import { type components, type Input } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { runRecovery } from './recoverySubcommands.ts';
import { table } from './output.ts';

type Segment = components['schemas']['ArchivedSegment'];

const megabyte = 1_000_000;

export function addArchiveCommands(program: Command): void {
  const archive = program
    .command('archive')
    .description('segments of the log in files: show, restore, release and verify them');
  paged(
    archive
      .command('status', { isDefault: true })
      .description('show the segments and their steps, the newest first, and what holds the next one up'),
  )
    .addHelpText('after', examples('wallet archive status', 'wallet archive status --json'))
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command);
      const { client, output } = context;
      await showList(context, command.opts<PageOptions>(), {
        ...{ member: 'segments', noun: 'segments' },
        ask: async (input) => {
          const answer = await client.getArchive(input);
          if (answer.ok && input.cursor === undefined && !output.isJson) output.note(inOneLine(answer.value));
          return answer;
        },
        show: tableOfSegments,
      });
    });
  for (const [verb, type, description] of [
    ['restore', 'restoreSegment', 'bring a segment back into log and ledger, until it is released'],
    ['release', 'releaseSegment', 'verify the file of a restored segment, and drop the segment again'],
  ] as const) {
    archive
      .command(verb)
      .description(description)
      .argument('<segment>', 'its number', segmentNumber)
      .option('--detach', 'start it and leave')
      .addHelpText('after', examples(`wallet archive ${verb} 12`))
      .action(async (segment: number, { detach }: { detach?: true }, command: Command) => {
        await runRecovery(contextOf(command), { type, segment }, detach);
      });
  }
  archive
    .command('verify')
    .description('read the files of the archive again, and compare them with what was sealed')
    .argument('[segment]', 'its number; all if none is given', segmentNumber)
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet archive verify', 'wallet archive verify 12'))
    .action(async (segment: number | undefined, { detach }: { detach?: true }, command: Command) => {
      const input: Input<'startRecovery'> = {
        type: 'verifyArchive',
        ...(segment !== undefined && { segment }),
      };
      await runRecovery(contextOf(command), input, detach);
    });
  archive
    .command('run')
    .description('archive now what is old enough, as the schedule does once a day')
    .option('--detach', 'start it and leave')
    .addHelpText('after', examples('wallet archive run'))
    .action(async ({ detach }: { detach?: true }, command: Command) => {
      await runRecovery(contextOf(command), { type: 'archiveLog' }, detach);
    });
}

function segmentNumber(given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('must be the number of a segment.');
}

function inOneLine({
  archives,
  archivedSegments,
  archivedBytes,
  next,
}: components['schemas']['Archive']): string {
  const stored = `${archivedSegments} segments in the archive, ${Math.round(archivedBytes / megabyte)} MB.`;
  if (!archives) return `${stored} Nothing is archived: ARCHIVE_URL or ARCHIVE_AFTER_DAYS is not set.`;
  if (next === null) return `${stored} Nothing is left to do.`;
  const does = next.waitsFor === null ? 'is next' : `waits: ${next.waitsFor}`;
  return `${stored} Segment ${next.segment} ${does}.`;
}

function tableOfSegments(segments: readonly Segment[]): string {
  const rows = segments.map((one) => [
    ...[one.segment, one.from, one.to - 1, one.state, one.ledger, one.step, one.bytes],
    ...[one.occurredTo, one.restoredAt, one.problem],
  ]);
  const head = [
    'segment',
    'from',
    'through',
    'state',
    'ledger',
    'step',
    'bytes',
    'newest event',
    'restored',
    'problem',
  ];
  return table(head, rows, 'No segment of the log is full yet.');
}
