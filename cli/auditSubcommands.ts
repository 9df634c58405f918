// audit: who asked for which change, when, why, and what came of it.
import type { Command } from 'commander';
import type { components, Input } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { table } from './output.ts';

type Entry = components['schemas']['AuditEntry'];

interface AuditOptions extends PageOptions {
  readonly actor?: string;
  readonly operation?: string;
  readonly target?: string;
  readonly request?: string;
  readonly from?: string;
  readonly to?: string;
}

export function addAuditCommands(program: Command): void {
  paged(program.command('audit').description('read the audit log, newest first'))
    .option('--actor <actor>', 'only of this caller')
    .option('--operation <id>', 'only of this operation')
    .option('--target <target>', 'only about this, such as ledger/17')
    .option('--request <id>', 'only of this request')
    .option('--from <time>', 'RFC 3339, included')
    .option('--to <time>', 'RFC 3339, not included')
    .addHelpText(
      'after',
      examples(
        'wallet audit --operation skipFailure',
        'wallet audit --from 2026-11-01T00:00:00Z --all --json',
      ),
    )
    .action(async (options: AuditOptions, command: Command) => {
      const context = contextOf(command);
      await showList(context, options, {
        ...{ member: 'entries', noun: 'entries' },
        ask: (page) => context.client.listAudit({ ...filterOf(options), ...page }),
        show: tableOf,
      });
    });
}

function filterOf(options: AuditOptions): NonNullable<Input<'listAudit'>> {
  const { actor, operation, target, request: requestId, from, to } = options;
  const filter = { actor, operation, target, requestId, from, to };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function tableOf(entries: readonly Entry[]): string {
  const rows = entries.map((entry) => [
    entry.at,
    entry.actor ?? 'unknown',
    entry.tenant ?? undefined,
    entry.operation,
    entry.target,
    outcomeInWords(entry),
    entry.reason ?? undefined,
    entry.address,
    entry.requestId,
  ]);
  const head = ['time', 'who', 'tenant', 'operation', 'target', 'outcome', 'reason', 'address', 'request'];
  return table(head, rows, 'No entry on this page. Nobody has asked for a change that fits.');
}

function outcomeInWords({ outcome, requests }: Entry): string {
  if (outcome === null) return 'not known';
  const answered = outcome.code ?? String(outcome.status);
  return requests === 1 ? answered : `${answered}, ${requests} times`;
}
