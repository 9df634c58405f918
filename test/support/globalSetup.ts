// Starts the stack once for a whole vitest run, on free ports and with new data, and gives its addresses to
// the tests. A part whose address is in the environment is used and not started. The data is kept only if a
// test failed.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { freshStackOptions } from '../../harness/environment.ts';
import { StackError, partNames } from '../../stack/part.ts';
import { startStack, type Stack } from '../../stack/stack.ts';
import { keepTestFolder, makeTestFolder, removeTestFolder } from '../../stack/testFolder.ts';

/**
 * Without its second compiler, Elasticsearch took half the processor time to start, and 40 % less in its
 * first minutes. The second compiler pays in a process that runs for long.
 */
const quickJava = '-XX:TieredStopAtLevel=1';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = await freshStackOptions('test', process.env, (line) => {
    console.log(line);
  });
  const { varDir, progress } = options;
  const { signal } = new AbortController();
  const folder = await makeTestFolder(varDir);
  const environment = { JAVA_TOOL_OPTIONS: quickJava, ...options.environment };
  const stack = await startStack({
    ...{ ...options, environment, varDir: folder, parts: partNames, signal },
  }).catch(async (error: unknown) => {
    await keepTestFolder(varDir);
    return endWithSentence(error);
  });
  reportDeath(stack);
  const { urls, adminUrls } = stack;
  project.provide('databaseUrl', adminUrls.DATABASE_URL);
  project.provide('redisUrl', urls.REDIS_URL);
  project.provide('redisAdminUrl', adminUrls.REDIS_URL);
  project.provide('elasticsearchUrl', urls.ELASTICSEARCH_URL);
  project.provide('temporalAddress', urls.TEMPORAL_ADDRESS);
  const workflowBundleFile = path.join(folder, 'workflows.js');
  project.provide('workflowBundleFile', workflowBundleFile);
  // The harness starts worker processes with this bundle.
  process.env.TEST_WORKFLOW_BUNDLE = workflowBundleFile;
  // A vitest that watches runs again because code changed.
  project.onTestsRerun(() => rm(workflowBundleFile, { force: true }));
  return async () => {
    await stack.close();
    const isGreen = project.vitest.state.getCountOfFailedTests() === 0 && process.exitCode === undefined;
    if (isGreen) {
      await removeTestFolder(varDir);
    } else {
      await keepTestFolder(varDir);
      progress.say(`Data and logs of the failed run are kept in ${varDir}`);
    }
  };
}

/** Without the stack no test can run. The person at the terminal needs one sentence and no trace. */
function endWithSentence(error: unknown): never {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/** The tests that need the dead part fail by themselves. This says why. */
function reportDeath(stack: Stack): void {
  void stack.supervisor.died.then((notice) => {
    console.error(notice);
  });
}
