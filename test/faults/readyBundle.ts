// Loaded before the worker. Bundling the workflows takes most of a worker's start, and a run under faults
// starts hundreds of workers. So the environment bundles them once, and each worker loads that bundle.
import { Worker } from '@temporalio/worker';

const codePath = process.env.TEST_WORKFLOW_BUNDLE;
if (codePath === undefined) throw new Error('TEST_WORKFLOW_BUNDLE must name the bundle');

const create = Worker.create.bind(Worker);
// The bundle contains the interceptors, too.
Worker.create = ({ workflowsPath, interceptors: bundled, ...options }) => {
  if (workflowsPath === undefined) throw new Error('the worker does not bundle its workflows any more');
  if (bundled?.workflowModules === undefined) throw new Error('the worker has no interceptors any more');
  return create({ ...options, workflowBundle: { codePath } });
};
