// The event of a test: a CloudEvent of a type of its own, which no wallet ever has. Pure.
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import { schemaIdOf } from '../../feed/cloudEvent.ts';

const type = 'webhook.test.v1';

/** As JSON. */
export function testEvent(tenant: Tenant, endpointId: string, id: string, now: Date): string {
  const of = tenant === defaultTenant ? '' : `/tenants/${tenant}`;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `${of}/webhook-endpoints/${endpointId}`,
    type,
    subject: endpointId,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    dataschema: schemaIdOf(type),
    data: { message: 'This is a test. No wallet has changed.' },
  });
}
