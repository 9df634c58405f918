// Keeps this machine's own addresses away from a proxy of the environment. gRPC, and Node.js with
// NODE_USE_ENV_PROXY, send even 127.0.0.1 to `http_proxy`. The proxy would then ask its own machine. Every
// process calls this first, and its children inherit the result.

const loopback = ['localhost', '127.0.0.1', '::1', '[::1]'];

export function reachLoopbackDirectly(environment: Record<string, string | undefined>): void {
  const given = (environment.no_proxy ?? environment.NO_PROXY ?? '').split(',').map((name) => name.trim());
  // A `*` already means that nothing goes to a proxy.
  if (given.includes('*')) return;
  const names = [...new Set([...given, ...loopback])].filter((name) => name !== '').join(',');
  // gRPC reads the name in small letters alone, and other programs read either.
  environment.no_proxy = names;
  environment.NO_PROXY = names;
}
