// The name under which a worker asks Temporal for work. It carries the installation, so that everybody sees
// whose worker it is.

const pattern = /^wallet\/([0-9a-f]{12}|unknown) /;

export function workerIdentity(installationId: string | null, pid: number, host: string): string {
  return `wallet/${installationId ?? 'unknown'} ${pid}@${host}`;
}

/** Undefined for a program that is no worker of ours, or of a version that did not say. */
export function installationOf(identity: string): string | undefined {
  return pattern.exec(identity)?.[1];
}
