// Bugs that let one tenant meet another.
import type { PlantedBug } from '../plantedBug.ts';

const tenants = 'test/api/tenants.test.ts';

export const tenantBugs: readonly PlantedBug[] = [
  {
    rule: 'R92',
    invariant: 'An Idempotency-Key names a command of its own tenant alone.',
    name: "the tenant is missing in the key's hash",
    harm: 'Two tenants number their payments from 1. The second is told that its first payment was made before.',
    file: 'src/commands/commandIds.ts',
    find: 'tenant === defaultTenant\n',
    replace: 'tenant.length >= 0\n',
    test: {
      file: tenants,
      name: 'two tenants with equal ids own the command that their Idempotency-Key names, each for itself',
    },
  },
  {
    rule: 'R93',
    invariant: 'A search of movements finds those of its own tenant alone.',
    name: 'the search goes through the log of every tenant',
    harm: 'A bank that searches for "rent" reads the payments of another bank.',
    file: 'src/eventStore/read/findMovements.ts',
    find: "and left(wallet_id, strpos(wallet_id, '/')) = $18::text",
    replace: 'and $18::text is not null',
    test: {
      file: tenants,
      name: 'two tenants with equal ids see their own history, movements and commands alone',
    },
  },
];
