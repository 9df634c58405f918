// Bugs that let a caller do what nobody allowed.
import type { PlantedBug } from '../plantedBug.ts';

const callers = 'test/unit/access/keyCallers.test.ts';

export const accessBugs: readonly PlantedBug[] = [
  {
    rule: 'R100',
    invariant: 'No route answers a caller that lacks its scope.',
    name: 'the scope of the route is not compared',
    harm: 'A key that may only read wallets empties them.',
    file: 'src/api/http/authentication.ts',
    find: 'if (access !== undefined && !caller.scopes.has(access)) throw forbidden(access);',
    replace: '',
    test: {
      file: 'test/unit/api/access.test.ts',
      name: 'asks for a key, lets money:debit pass, and no other scope',
    },
  },
  {
    rule: 'R101',
    invariant: 'A key counts only with its own secret, under its own pepper.',
    name: 'the hash of the secret is not compared',
    harm: 'Whoever has seen the id of a key in a log has the key.',
    file: 'src/access/keyCallers.ts',
    find: 'if (!isHashOf(deps.peppers, key, text)) return undefined;',
    replace: '',
    test: { file: callers, name: 'nobody calls with the secret of another key under this id' },
  },
  {
    rule: 'R102',
    invariant: 'A hash of a key is made with a pepper that is not in the database.',
    name: 'keys are hashed without the pepper',
    harm: 'Whoever can write to a copy of the database can make keys that the service accepts.',
    file: 'src/access/peppers.ts',
    find: "createHmac('sha256', secret)",
    replace: "createHmac('sha256', secret.subarray(0, 0))",
    test: { file: callers, name: 'nobody calls with a hash under another pepper, or under an unknown one' },
  },
  {
    rule: 'R103',
    invariant: 'A key with a wrong checksum never reaches the database.',
    name: 'the checksum of a key is not compared',
    harm: 'Anybody keeps the connections of the database busy with made-up keys.',
    file: 'src/access/keyText.ts',
    find: 'return text.slice(-checksumLength) === checksumOf(body) ? id : undefined;',
    replace: "return checksumOf(body) === '' ? undefined : id;",
    test: { file: callers, name: 'nobody calls with a wrong checksum, and the table is not read' },
  },
  {
    rule: 'R104',
    invariant: 'A key is refused from the moment at which it expires.',
    name: 'a key lives one moment too long',
    harm: 'A key that ended at midnight still moves money at midnight.',
    file: 'src/access/keyCallers.ts',
    find: 'if (valid.endsAt <= now ||',
    replace: 'if (valid.endsAt < now ||',
    test: {
      file: callers,
      name: 'nobody calls from the moment at which the key expires, whether it is remembered or not',
    },
  },
  {
    rule: 'R105',
    invariant: 'A revoked key is refused by every process within a second, with or without Redis.',
    name: 'the revocation of a key is not counted',
    harm: 'A stolen key works for half a minute more in every other process.',
    file: 'src/access/keyChanges.ts',
    find: 'if (counter !== last) deps.forget();',
    replace: '',
    test: {
      file: 'test/api/keys.test.ts',
      name: 'with Redis down a key that is revoked in one process is refused by the others',
    },
  },
  {
    rule: 'R106',
    invariant: 'Nobody makes a key that can do more than its maker.',
    name: 'a key may be given any scope',
    harm: 'A shop gives itself the right to pay out.',
    file: 'src/api/keys/keyRoutes.ts',
    find: 'if (lacking !== undefined) throw forbidden(lacking);',
    replace: '',
    test: { file: 'test/api/keys.test.ts', name: 'a new key can do no more than its maker' },
  },
];
