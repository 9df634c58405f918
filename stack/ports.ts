// Ports of the local stack: fixed ones for `npm start`, free ones for tests. Everything listens on 127.0.0.1.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { isBlockedPort } from '../src/config/blockedPorts.ts';
import { isServiceLink } from '../src/config/kubernetesLinks.ts';
import { StackError } from './part.ts';
import { given, type Environment } from './paths.ts';

export const portSettings = {
  postgres: { variable: 'POSTGRES_PORT', fallback: 15_432, title: 'PostgreSQL' },
  redis: { variable: 'REDIS_PORT', fallback: 16_379, title: 'Redis' },
  elasticsearch: { variable: 'ELASTICSEARCH_PORT', fallback: 19_200, title: 'Elasticsearch' },
  temporal: { variable: 'TEMPORAL_PORT', fallback: 7_233, title: 'Temporal' },
  temporalUi: { variable: 'TEMPORAL_UI_PORT', fallback: 8_233, title: 'the Temporal Web UI' },
  api: { variable: 'PORT', fallback: 3_000, title: 'the API' },
  worker: { variable: 'WORKER_PORT', fallback: 3_001, title: "the worker's health endpoint" },
} as const;

export type PortName = keyof typeof portSettings;
export type Ports = Readonly<Record<PortName, number>>;

// Outgoing connections get their ports from a higher range of the kernel's. So none of them can take a port
// between the check that it is free and its use.
const FREE_PORT_MIN = 20_000;
const FREE_PORT_MAX = 32_000;
const ATTEMPTS_MAX = 200;

export const portNames = Object.keys(portSettings) as PortName[];

/** A port from the environment. 0 means any free port. */
export async function portsFrom(environment: Environment): Promise<Ports> {
  const wanted = portNames.map((name): [PortName, number] => {
    const { variable, fallback } = portSettings[name];
    const found = given(environment, variable);
    const text = isServiceLink(found) ? undefined : found;
    const port = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new StackError(`${variable} must be a port from 0 (any free one) to 65535, not "${text ?? ''}".`);
    }
    if (isBlockedPort(port)) {
      throw new StackError(
        `${variable}=${port} is a port that browsers and fetch refuse; choose another one.`,
      );
    }
    return [name, port];
  });
  const free = await freePorts(wanted.filter(([, port]) => port === 0).length);
  return Object.fromEntries(wanted.map(([name, port]) => [name, port || free.shift()])) as Ports;
}

/** Distinct free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt === ATTEMPTS_MAX) {
      throw new StackError(`No ${count} free ports from ${FREE_PORT_MIN} to ${FREE_PORT_MAX}.`);
    }
    const port = randomInt(FREE_PORT_MIN, FREE_PORT_MAX);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

/** One sentence for each port that another process listens on. */
export async function takenPorts(names: readonly PortName[], ports: Ports): Promise<string[]> {
  const taken: string[] = [];
  for (const name of names) {
    if (await isFree(ports[name])) continue;
    const { variable, title } = portSettings[name];
    taken.push(
      `Port ${ports[name]} of ${title} is taken by another program; stop that program or set ${variable} to another port.`,
    );
  }
  return taken;
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
