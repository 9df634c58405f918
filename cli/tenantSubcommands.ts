// The commands tenants list|show|create|suspend|resume. Only an operator's key may use them.
import type { Command } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { table } from './output.ts';

type Tenant = components['schemas']['Tenant'];

export function addTenantCommands(program: Command): void {
  const tenants = program.command('tenants').description('show, create, suspend and resume tenants');
  paged(tenants.command('list', { isDefault: true }).description('list tenants'))
    .addHelpText('after', examples('wallet tenants', 'wallet tenants --json | jq ".tenants[].id"'))
    .action(async (options: PageOptions, command: Command) => {
      const context = contextOf(command);
      await showList(context, options, {
        ...{ member: 'tenants', noun: 'tenants' },
        ask: (page) => context.client.listTenants(page),
        show: tableOf,
      });
    });
  tenants
    .command('show')
    .description('show one tenant')
    .argument('<id>', 'of the tenant')
    .addHelpText('after', examples('wallet tenants show acme'))
    .action(async (tenantId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const tenant = valueOf(await client.getTenant({ tenantId }));
      output.result(tenant, () => tableOf([tenant]));
    });
  tenants
    .command('create')
    .description('create a tenant; its id stays for ever')
    .argument('<id>', 'lower-case letters, digits and hyphens')
    .requiredOption('--name <text>', 'for people')
    .addHelpText('after', examples('wallet tenants create acme --name "Acme Payments"'))
    .action(async (id: string, { name }: { name: string }, command: Command) => {
      const { client, output } = contextOf(command);
      const tenant = valueOf(await client.createTenant({ id, name }));
      output.result(tenant, () => tableOf([tenant]));
    });
  tenants
    .command('suspend')
    .description('refuse every request of a tenant, within a second; nothing of it is lost')
    .argument('<id>', 'of the tenant')
    .requiredOption('--reason <text>', 'why; kept until it is resumed')
    .addHelpText('after', examples('wallet tenants suspend acme --reason "contract ended"'))
    .action(async (tenantId: string, { reason }: { reason: string }, command: Command) => {
      const { client, output } = contextOf(command);
      const tenant = valueOf(await client.suspendTenant({ tenantId, reason }));
      output.result(tenant, () => tableOf([tenant]));
    });
  tenants
    .command('resume')
    .description('answer a suspended tenant again')
    .argument('<id>', 'of the tenant')
    .addHelpText('after', examples('wallet tenants resume acme'))
    .action(async (tenantId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const tenant = valueOf(await client.resumeTenant({ tenantId }));
      output.result(tenant, () => tableOf([tenant]));
    });
}

function tableOf(tenants: readonly Tenant[]): string {
  const rows = tenants.map(({ id, name, createdAt, suspendedAt, suspensionReason }) => [
    id,
    name,
    createdAt,
    suspendedAt === null ? 'active' : `suspended at ${suspendedAt}`,
    suspensionReason ?? '',
  ]);
  return table(['tenant', 'name', 'created', 'state', 'reason'], rows, 'There are no tenants.');
}
