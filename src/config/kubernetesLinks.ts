// Kubernetes gives every pod variables about the services of its namespace. For a service named `worker`
// there is WORKER_PORT=tcp://10.0.0.7:3001, which looks like our setting. Such a value is ignored with a line
// in the log.

/** As Kubernetes writes it. No setting of ours accepts such a value. */
const link = /^(?:tcp|udp|sctp):\/\/[^/]+:\d+$/i;

export function isServiceLink(value: string | undefined): boolean {
  return value !== undefined && link.test(value);
}

/** One line for each of these variables that holds a service link. */
export function serviceLinkLines(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): readonly string[] {
  return names
    .filter((name) => isServiceLink(environment[name]))
    .map(
      (name) =>
        `${name}=${environment[name] ?? ''} comes from Kubernetes and is ignored: set enableServiceLinks: false in the pod`,
    );
}
