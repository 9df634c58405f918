// `npm run test:bugs`: plants small faults into copies of the code, one at a time, and runs the test that has
// to find each. Exits with 1 if a bug survives, if it no longer fits the code, or if its test fails without
// it.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { withEnvironment } from '../../harness/environment.ts';
import { partNames, StackError } from '../../stack/part.ts';
import { root } from '../../stack/paths.ts';
import { readOptions } from './options.ts';
import { plantedBugs } from './planted/plantedBugs.ts';
import type { PlantedBug } from './plantedBug.ts';
import { isCaught, type Outcome, outcomeInWords } from './report.ts';
import { keyOf, runTests, type RunTests } from './runTests.ts';
import { copyTree, type Tree } from './tree.ts';

/** Two runs at once keep two cores busy. */
const treesMax = 2;
/** All named tests once, without any bug. A busy machine needs several times as long as a quiet one. */
const healthyTimeMaxMs = 900_000;
/** One test with its bug; a test that hangs is ended then. */
const bugTimeMaxMs = 120_000;

async function huntAll(bugs: readonly PlantedBug[]): Promise<readonly Outcome[]> {
  const needsParts = bugs.some(({ test }) => !test.file.startsWith('test/unit/'));
  const parts = needsParts ? partNames : [];
  const folder = path.join(root, 'var', `bugs-${process.pid}`);
  try {
    return await withEnvironment('bugs-stack', parts, async ({ stack, signal, say }) => {
      const count = Math.min(treesMax, bugs.length);
      const trees = await Promise.all(
        Array.from({ length: count }, (_, index) => copyTree(path.join(folder, `tree-${index + 1}`))),
      );
      const [first] = trees;
      if (first === undefined) return [];
      const running = { urls: { ...stack.urls, ...stack.adminUrls }, signal };
      say(`${bugs.length} bugs. Their tests run without them first …`);
      const tests = bugs.map(({ test }) => test);
      const healthy = await runTests({ ...running, dir: first.dir, tests, timeMaxMs: healthyTimeMaxMs });

      const outcomes = new Map<PlantedBug, Outcome>();
      const waiting = [...bugs];
      const huntNext = async (tree: Tree) => {
        for (let bug = waiting.shift(); bug !== undefined && !signal.aborted; bug = waiting.shift()) {
          const before = healthy.get(keyOf(bug.test));
          const outcome: Outcome =
            before?.kind === 'green'
              ? await hunt(tree, bug, running)
              : { bug, kind: 'red without it', by: before?.by ?? 'the test did not run' };
          outcomes.set(bug, outcome);
          say(`${outcomes.size} of ${bugs.length}: ${outcomeInWords(outcome)}`);
        }
      };
      await Promise.all(trees.map(huntNext));
      return bugs.flatMap((bug) => outcomes.get(bug) ?? []);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const ranOutOfTime = /timed out|timeout|condition was not met|connect|terminated/i;

async function hunt(
  tree: Tree,
  bug: PlantedBug,
  running: Pick<RunTests, 'urls' | 'signal'>,
): Promise<Outcome> {
  const run = () => runTests({ ...running, dir: tree.dir, tests: [bug.test], timeMaxMs: bugTimeMaxMs });
  const verdicts = await tree.withBug(bug, run);
  if (verdicts === undefined) return { bug, kind: 'not planted' };
  const verdict = verdicts.get(keyOf(bug.test));
  if (verdict === undefined) return { bug, kind: 'no verdict' };
  if (verdict.kind !== 'red') return { bug, kind: 'survived' };
  // A busy machine makes tests late too. A test that ran out of time runs once more without the bug.
  if (ranOutOfTime.test(verdict.by)) {
    const again = (await run()).get(keyOf(bug.test));
    if (again?.kind !== 'green')
      return { bug, kind: 'red without it', by: again?.by ?? 'the test did not run' };
  }
  return { bug, kind: 'caught', by: verdict.by };
}

try {
  const { bugs, list } = readOptions(process.argv.slice(2), plantedBugs);
  if (list) {
    for (const { rule, name, harm } of bugs) console.log(`${rule}: ${name}\n    ${harm}`);
    process.exit(0);
  }
  const startedAt = performance.now();
  const outcomes = await huntAll(bugs);
  const caught = outcomes.filter(isCaught).length;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${caught} of ${bugs.length} bugs caught in ${seconds} s.`);
  process.exit(caught === bugs.length ? 0 : 1);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exit(1);
}
