// Bugs that let a change happen without a trace.
import type { PlantedBug } from '../plantedBug.ts';

const audit = 'test/api/audit.test.ts';

export const auditBugs: readonly PlantedBug[] = [
  {
    rule: 'R110',
    invariant: 'An admin action has a row in the audit log before it begins, or it does not happen.',
    name: 'the row is written while the action runs',
    harm: 'PostgreSQL is away, and somebody pauses a projection. Nobody will ever know who it was.',
    file: 'src/api/audit/auditActions.ts',
    find: 'const auditId = await audit.begin(request);',
    replace: "const auditId = await audit.begin(request).catch(() => '0');",
    test: { file: audit, name: 'pauseProjection does nothing if its row can not be written' },
  },
  {
    rule: 'R111',
    invariant: 'A change that is refused before its route leaves a row.',
    name: 'a request that is refused before its route leaves no row',
    harm: 'Somebody tries a stolen key on every admin route for a week, and the audit log is empty.',
    file: 'src/api/app.ts',
    find: '  watchRefusals(app, operations, deps);\n',
    replace: '',
    test: { file: audit, name: 'a refusal by access of a caller without the scope names the caller' },
  },
  {
    rule: 'R112',
    invariant: 'A flood of refusals leaves few rows, whoever sends it from wherever.',
    name: 'refusals of unknown callers are told apart by their address',
    harm: 'A flood from a million addresses writes a million rows a minute, and the disk is full.',
    file: 'src/audit/countRefusals.ts',
    find: "actor === undefined ? ` ${code ?? ''}`",
    replace: "actor === undefined ? `${counts.size} ${code ?? ''}`",
    test: {
      file: 'test/unit/audit/countRefusals.test.ts',
      name: 'a flood of callers whom nobody knows makes two rows a period, whatever they ask from wherever',
    },
  },
  {
    rule: 'R113',
    invariant: 'A row of the audit log never changes and never goes.',
    name: 'the audit log takes updates',
    harm: 'Somebody who may write to the database puts another name on what they did.',
    file: 'src/eventStore/migrations/0016_audit.sql',
    find: 'before update or delete or truncate on audit_log',
    replace: 'before delete or truncate on audit_log',
    test: {
      file: 'test/integration/eventStore/protectLog.test.ts',
      name: "update audit_log set actor = 'somebody else' is refused to every role, the owner included",
    },
  },
  {
    rule: 'R114',
    invariant: 'A caller reads the audit log of their own tenant alone, unless they are an operator.',
    name: 'every caller counts as an operator',
    harm: 'A tenant reads who works for another bank, from which address and when.',
    file: 'src/api/audit/auditRoutes.ts',
    find: 'operator && tenant === defaultTenant',
    replace: 'operator !== undefined',
    test: { file: audit, name: 'the log shows a tenant its own rows alone' },
  },
];
