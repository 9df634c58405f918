// Bugs in the read model: bulk answers, versions, rebuilds and what readers are shown.
import type { PlantedBug } from '../plantedBug.ts';

const readModel = 'test/integration/projections/readModel/readModelSink.test.ts';
const readModelSwitch = 'test/integration/projections/readModel/rebuildSwitch.test.ts';

export const readModelBugs: readonly PlantedBug[] = [
  {
    rule: 'R37',
    invariant: 'The events of a refused document are parked.',
    name: 'a document that Elasticsearch refuses counts as written',
    harm: 'A wallet is missing in the read model. Nothing is parked, so nobody learns of it.',
    file: 'src/projections/readModel/bulkWrite.ts',
    find: "if (answer.status === 400) return 'refused';",
    replace: "if (answer.status === 400) return 'written';",
    test: {
      file: readModel,
      name: 'the read model parks the events of a wallet that Elasticsearch refuses, even with the whole request, and no other',
    },
  },
  {
    rule: 'R38',
    invariant: 'A document that Elasticsearch had no room for is sent again.',
    name: 'a document that Elasticsearch had no room for counts as written',
    harm: 'Under load some wallets show an old balance until their next event.',
    file: 'src/projections/readModel/bulkWrite.ts',
    find: "if (answer.status === 404) return 'missing alias';\n  return 'again';",
    replace: "if (answer.status === 404) return 'missing alias';\n  return 'written';",
    test: {
      file: readModel,
      name: 'a bulk write sends an item again that Elasticsearch had no room for',
    },
  },
  {
    rule: 'R39',
    invariant: 'A document never overwrites a newer version of itself.',
    name: 'documents are written without their version',
    harm: 'A late retry overwrites a wallet with an older balance.',
    file: 'src/projections/readModel/bulkWrite.ts',
    find: ',"version":${version},"version_type":"external"',
    replace: '',
    test: {
      file: readModel,
      name: 'a bulk write counts a version that is already there, or a newer one, as written and leaves it',
    },
  },
  {
    rule: 'R40',
    invariant: 'A version that is already in the index counts as written.',
    name: 'a version that is already there counts as refused',
    harm: 'Every redelivery parks events whose documents are right.',
    file: 'src/projections/readModel/bulkWrite.ts',
    find: "if (answer.status < 300 || answer.status === 409) return 'written';",
    replace: "if (answer.status < 300) return 'written';\n  if (answer.status === 409) return 'refused';",
    test: { file: readModel, name: 'the read model is not changed by events that come again' },
  },
  {
    rule: 'R41',
    invariant: 'During a rebuild the drain writes to both indexes.',
    name: 'the drain does not write to the index of a rebuild',
    harm: 'Events committed during the rebuild are missing in the new index. Wallets go back a version at the switch.',
    file: 'src/projections/readModel/readModelSink.ts',
    find: 'for (const alias of await readTargets(deps.pool)) await writeToTarget(deps, alias, documents);',
    replace: '',
    test: {
      file: readModel,
      name: 'the read model is written to the index of a rebuild too, and there first',
    },
  },
  {
    rule: 'R42',
    invariant: 'The index of a rebuild is written before the index that is read.',
    name: 'the index that is read is written before the index of the rebuild',
    harm: 'During the switch a reader sees a version of a wallet, and after it an older one.',
    file: 'src/projections/readModel/targets.ts',
    find: 'order by alias desc',
    replace: 'order by alias',
    test: {
      file: readModel,
      name: 'the read model is written to the index of a rebuild before the one that it replaces, which is read until the switch',
    },
  },
  {
    rule: 'R43',
    invariant: 'The alias moves to the new index in one step.',
    name: 'the alias is moved in two steps',
    harm: 'For a moment the alias names no index. Reads fail, and a write could create a wrong index.',
    file: 'src/projections/readModel/rebuild/rebuildIndex.ts',
    find: `        actions: [{ remove: { index: from, alias, must_exist: true } }, { add: { index: to, alias } }],
      }),
    );`,
    replace: `        actions: [{ remove: { index: from, alias, must_exist: true } }],
      }),
    );
    await whenAvailable(() => elasticsearch.indices.updateAliases({ actions: [{ add: { index: to, alias } }] }));`,
    test: {
      file: readModelSwitch,
      name: 'moves the alias in one step: at no moment does it name no index or two',
    },
  },
  {
    rule: 'R44',
    invariant: 'Shortly before the switch the old index stops showing new versions to searches.',
    name: 'the old index shows new writes to searches until the switch',
    harm: 'Lists go back a version for a moment at the switch.',
    file: 'src/projections/readModel/rebuild/rebuildIndex.ts',
    find: "await setRefreshInterval(elasticsearch, from, '-1');",
    replace: '',
    test: {
      file: readModelSwitch,
      name: 'shows no list a version that the new index does not show yet, for as long as the switch may take',
    },
  },
  {
    rule: 'R45',
    invariant: 'A rebuilt index is switched to only if its comparison finds no difference.',
    name: 'a rebuild is switched to whatever its comparison says',
    harm: 'A half-filled or wrong index replaces the right one.',
    file: 'src/workflows/rebuildAllReadModels.ts',
    find: 'if (!isEqual(sum)) throw verificationFailed(index.from, sum);',
    replace: '',
    test: {
      file: 'test/workflows/rebuildReadModel.test.ts',
      name: 'rebuildAllReadModels keeps the old index when the new one is wrong, and says what differs',
    },
  },
  {
    rule: 'R46',
    invariant: 'A read with `minVersion` never returns an older version.',
    name: 'minVersion is ignored',
    harm: 'A client reads after its own write, sees the old balance and pays again.',
    file: 'src/api/wallets/walletReadRoutes.ts',
    find: 'Math.max(minVersion ?? 1, acknowledged)',
    replace: 'acknowledged',
    test: {
      file: 'test/api/ownWrites.test.ts',
      name: 'a read with minVersion is never answered by a read model below that version',
    },
  },
  {
    rule: 'R74',
    invariant: 'A process never shows a wallet older than its own answers of the last seconds.',
    name: 'the receiver of a transfer is not remembered',
    harm: 'A person is told that the money arrived, and the next page still shows the old balance.',
    file: 'src/api/wallets/answerCommand.ts',
    find: 'of versionsIn(result.outcome)) deps',
    replace: 'of versionsIn(result.outcome).slice(0, 1)) deps',
    test: {
      file: 'test/api/ownWrites.test.ts',
      name: 'a process never shows a wallet older than its own answer to the receiver of a transfer',
    },
  },
];
