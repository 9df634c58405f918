// Bugs in how recoveries are started, shown and ended.
import type { PlantedBug } from '../plantedBug.ts';

export const recoveryBugs: readonly PlantedBug[] = [
  {
    rule: 'R69',
    invariant: 'Whatever holds the id of a recovery is named, and can be ended, over HTTP.',
    name: 'a run on another task queue counts as the recovery itself',
    harm: 'A start with a mistyped queue blocks the id for ever, and the answer says that the recovery runs.',
    file: 'src/temporal/idHolders.ts',
    find: ' && (type !== owner || taskQueue !== config.TEMPORAL_TASK_QUEUE)',
    replace: ' && type !== owner',
    test: {
      file: 'test/workflows/heldIds.test.ts',
      name: 'the id of a recovery that another workflow holds rebuildAllReadModels is named after a queue without workers, and can be freed',
    },
  },
  {
    rule: 'R51',
    invariant: 'A cancel closes a recovery in every phase, and a refusal ends it in the words of the store.',
    name: 'the clean-up after a cancel is tried for ever',
    harm: 'A cancelled rebuild stays open for as long as its store is away, and its id stays taken.',
    file: 'src/workflows/recovery/cleanUp.ts',
    find: 'remove(isBounded ? cleanUpTime : undefined)',
    replace: 'remove(undefined)',
    test: {
      file: 'test/workflows/cancelPhases.test.ts',
      name: 'a cancel closes every recovery that is paused, and one whose clean-up fails',
    },
  },
  {
    rule: 'R199',
    invariant: 'A clean-up begins once the cancelled step has ended.',
    name: 'a cancelled recovery does not wait for its step',
    harm: 'The table of a cancelled rebuild is made after its clean-up, and takes space until the next rebuild.',
    file: 'src/workflows/recovery/cleanUp.ts',
    find: "patched(awaitPatch) ? 'WAIT_CANCELLATION_COMPLETED' : 'TRY_CANCEL'",
    replace: "patched(awaitPatch) ? 'TRY_CANCEL' : 'TRY_CANCEL'",
    test: {
      file: 'test/workflows/steeredRebuilds.test.ts',
      name: 'a rebuild of the ledger that is cancelled while its table is being made leaves none',
    },
  },
  {
    rule: 'R66',
    invariant: 'Nothing that is sent to a workflow from outside fails its task.',
    name: 'a signal whose payload cannot be decoded reaches the workflow as it is',
    harm: 'One mistyped signal stops a recovery for ever. A cancel does not end it either.',
    file: 'src/workflows/foreignInput.ts',
    find: '  if (signal) signal.input = signal.input?.map((payload) => readableOr(payload, converter)) ?? [];',
    replace: '  if (signal) signal.input ??= [];',
    test: {
      file: 'test/workflows/foreignInput.test.ts',
      name: 'whatever is sent to a workflow as signals, updates and queries leaves it open, and the details say what was ignored',
    },
  },
];
