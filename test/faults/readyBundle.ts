// Loaded before the worker, which then takes its workflows from a file. Runs of tests and of faults start
// many workers, and bundling takes most of a worker's start. The first worker writes the file.
import { Worker } from '@temporalio/worker';
import { ensureBundle } from '../../harness/workflowBundle.ts';

const codePath = process.env.TEST_WORKFLOW_BUNDLE;
if (codePath === undefined) throw new Error('TEST_WORKFLOW_BUNDLE must name the bundle');

const create = Worker.create.bind(Worker);
// The bundle contains the interceptors, too.
Worker.create = async ({ workflowsPath, interceptors: bundled, ...options }) => {
  if (workflowsPath === undefined) throw new Error('the worker does not bundle its workflows any more');
  const workflowInterceptorModules = bundled?.workflowModules;
  if (workflowInterceptorModules === undefined) throw new Error('the worker has no interceptors any more');
  await ensureBundle(codePath, { workflowsPath, workflowInterceptorModules });
  return create({ ...options, workflowBundle: { codePath } });
};
