// Bugs in the limits of how often callers ask.
import type { PlantedBug } from '../plantedBug.ts';

const leases = 'test/unit/rates/leases.test.ts';
const limits = 'test/unit/api/http/rateLimits.test.ts';

export const rateBugs: readonly PlantedBug[] = [
  {
    rule: 'R115',
    invariant: 'All processes together give a quota and at most one lease each.',
    name: 'the first lease of a window is not subtracted',
    harm: 'Each process gives more than its share. A caller who pays for 1,000 a minute gets thousands.',
    file: 'src/rates/leases.ts',
    find: 'const asked = window.unreported + lease;',
    replace: 'const asked = lease - lease + 1;',
    test: { file: leases, name: 'two processes let through the quota and at most one lease each' },
  },
  {
    rule: 'R116',
    invariant: 'No failure of Redis refuses a request for its rate.',
    name: 'a failure of Redis refuses requests',
    harm: 'Redis restarts, and every payment is refused for a minute.',
    file: 'src/rates/leases.ts',
    find: '    window.granted = policy.quota;\n',
    replace: '',
    test: {
      file: leases,
      name: 'without Redis a process gives the whole quota alone, says so, and asks no more until the breaker closes',
    },
  },
  {
    rule: 'R117',
    invariant: 'A quota belongs to one key alone.',
    name: 'keys share a quota',
    harm: 'One tenant runs a load test, and the payments of every other tenant are refused.',
    file: 'src/api/http/rateLimits.ts',
    find: "return actor === 'local' ? networkOf(addressOf(c)) : actor;",
    replace: "return actor === 'local' ? networkOf(addressOf(c)) : 'key';",
    test: {
      file: limits,
      name: 'a caller with a quota shares it with no other key, and no key of another tenant',
    },
  },
  {
    rule: 'R118',
    invariant: 'Retry-After never ends before the window.',
    name: 'the seconds until the window ends are rounded down',
    harm: 'Every client that was refused comes back a moment too early, and is refused again.',
    file: 'src/rates/leases.ts',
    find: 'Math.ceil((window.endsAtMs - nowMs) / 1_000)',
    replace: 'Math.floor((window.endsAtMs - nowMs) / 1_000)',
    test: { file: leases, name: 'one process never tells a caller to come back before the window ends' },
  },
];
