// Bugs of what an operator needs of webhooks: bounds, keys, and what is told.
import type { PlantedBug } from '../plantedBug.ts';

const secretKeys = 'test/integration/webhooks/secretKeys.test.ts';

export const webhookUpkeepBugs: readonly PlantedBug[] = [
  {
    rule: 'R280',
    invariant: 'A process has ten requests to one host under way at most, whoever sends them.',
    name: 'requests take turns of the process alone',
    harm: 'A host with many endpoints is flooded by our retries, and refuses the deliveries of all its tenants.',
    file: 'src/webhooks/turns.ts',
    find: '(ofHost.get(place.host) ?? 0) < requestsPerHostMax',
    replace: '(ofHost.get(place.host) ?? 0) < Infinity',
    test: {
      file: 'test/unit/webhooks/delivery.test.ts',
      name: 'a process has ten requests to one host under way, whoever sends them',
    },
  },
  {
    rule: 'R290',
    invariant: 'One tenant has three quarters of the requests of a process under way at most.',
    name: 'a tenant may take all turns',
    harm: 'The slow receivers of one tenant hold up the deliveries of everybody.',
    file: 'src/webhooks/turns.ts',
    find: '(ofTenant.get(place.tenant) ?? 0) < perTenantMax',
    replace: '(ofTenant.get(place.tenant) ?? 0) < Infinity',
    test: {
      file: 'test/unit/webhooks/turns.test.ts',
      name: 'slow receivers of one tenant leave turns for others',
    },
  },
  {
    rule: 'R410',
    invariant: 'A request that gets no answer for a second holds no turn of its tenant.',
    name: 'a silent request keeps its turn',
    harm: 'A few silent receivers hold up all others of their tenant for 15 s.',
    file: 'src/webhooks/turns.ts',
    find: '      giveBack();\n      giveBack = turns.silent',
    replace: '      turns.silent',
    test: {
      file: 'test/integration/webhooks/silentReceivers.test.ts',
      name: 'receivers of one tenant get their events while others of it owe more answers than it has turns',
    },
  },
  {
    rule: 'R411',
    invariant:
      'The silent requests of a process are bounded, and the tenant with the most pays for one too many.',
    name: 'a silent request too many ends none',
    harm: 'Silent receivers take connections until the process has no file left to open.',
    file: 'src/webhooks/silentRequests.ts',
    find: 'if (own.size > perTenantMax) cutOffOldest(own);\n      else if (count > max)',
    replace: 'if (own.size > perTenantMax && count < 0) cutOffOldest(own);\n      else if (count < 0)',
    test: {
      file: 'test/unit/webhooks/turns.test.ts',
      name: 'a silent request too many cuts off the oldest one of the tenant that has the most',
    },
  },
  {
    rule: 'R281',
    invariant: 'An endpoint that stands still counts as late, whatever keeps it from delivering.',
    name: 'an endpoint that can not sign is not counted',
    harm: 'The lag of the webhooks is 0 while an endpoint gets nothing for days, and nobody is told.',
    file: 'src/webhooks/drainWebhooks.ts',
    find: '    else standing.set(row.id, row.position);\n',
    replace: '',
    test: {
      file: secretKeys,
      name: 'without its key an endpoint stands still and counts as late, until its secret is rotated',
    },
  },
  {
    rule: 'R282',
    invariant: 'Every secret under a later key is stored under the first one.',
    name: 'only the first page of secrets is stored anew',
    harm: 'The old key is removed, and the endpoints whose secrets are still under it fall silent.',
    file: 'src/webhooks/resealSecrets.ts',
    find: 'if (last === undefined || rows.length < pageRows) break;',
    replace: 'if (page === 0 || last === undefined) break;',
    test: {
      file: secretKeys,
      name: 'secrets under a later key are stored under the first one, and stay what they are',
    },
  },
  {
    rule: 'R283',
    invariant: 'A rotated secret signs at once, even if the key of the secret before it is lost.',
    name: 'a secret whose key is lost keeps the new one from signing',
    harm: 'After the loss of a key every rotation shows success, and nothing is delivered for a day.',
    file: 'src/webhooks/openSecrets.ts',
    find: '          if (error instanceof SecretBoxError) return [];\n',
    replace: '',
    test: {
      file: 'test/api/webhooks.test.ts',
      name: 'a secret whose key is lost is refused by name, and a rotation gives a new one',
    },
  },
  {
    rule: 'R284',
    invariant: 'A wallet that an event holds up for good is told to the operator.',
    name: 'only events that are tried again count as holding up',
    harm: 'A receiver refuses one event, and the wallet of that customer gets nothing for ever.',
    file: 'src/health/facts/webhookFacts.ts',
    find: "                   and state = 'failed'\n",
    replace: "                   and state = 'pending'\n",
    test: {
      file: 'test/integration/health/webhookFacts.test.ts',
      name: 'a wallet is told that an event holds up which failed for the last time',
    },
  },
];
