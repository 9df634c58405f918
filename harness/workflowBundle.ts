// Bundles the workflows once for many workers of one release. Bundling takes most of a worker's start.
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, type BundleOptions, DefaultLogger } from '@temporalio/worker';

type Bundled = Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules'>;

/** The first process that asks writes the file. Each later one finds it. */
export async function ensureBundle(file: string, bundled: Bundled): Promise<void> {
  if (existsSync(file)) return;
  const { code } = await bundleWorkflowCode({ ...bundled, logger: new DefaultLogger('ERROR') });
  // Two processes may ask at once. A file under its name is complete.
  const draft = `${file}-${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, file);
}
