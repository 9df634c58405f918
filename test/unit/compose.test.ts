// Compares docker-compose.yml and the Dockerfile with src/config, package.json and the files of this
// repository. Nothing more can be checked without a container engine.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { peppersOf } from '../../src/access/peppers.ts';
import { readConfig, settings } from '../../src/config/config.ts';
import { portSettings } from '../../stack/ports.ts';
import { keptMemory, measuredSettings } from '../../stack/postgres.ts';
import { searchAttributes } from '../../stack/temporal.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface Prometheus {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}
interface Provisioned {
  readonly providers?: readonly { readonly options: { readonly path: string } }[];
  readonly datasources?: readonly { readonly uid: string; readonly url: string }[];
}
interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const compose = parse(withDefaults(read('docker-compose.yml')), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const built = services.filter(([, { build }]) => build !== undefined);
/** All that run this project's code for wallets. The guard of the Temporal Web UI has no settings. */
const applications = built.filter(([name]) => name !== 'temporal-ui-guard');
const oneShots = new Set(services.filter(([, { restart }]) => restart === 'no').map(([name]) => name));
const dockerfile = read('Dockerfile').split('\n');

/**
 * Replaces variables as Compose does: `${NAME:-value}` becomes the value as if it was not set, `${NAME:?why}`
 * its value in .env, here the name itself, and `$$` one dollar sign.
 */
function withDefaults(text: string): string {
  return text
    .replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
    .replaceAll(/\$\{(?:API_KEY_PEPPER|COOKIE_SECRET|WEBHOOK_SECRETS_KEY):\?[^}]*\}/g, 'c'.repeat(64))
    .replaceAll(/\$\{(\w+):\?[^}]*\}/g, 'secret-$1')
    .replaceAll('$$', '$');
}

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

function environmentOf({ environment = {} }: Service): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

function instructions(name: string): string[] {
  return dockerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
}

function nodeImages(): string[] {
  return instructions('FROM').map((line) => line.split(' ', 1)[0] ?? '');
}

it('has the API, the worker and the migrations, and the parts that they need', () => {
  expect(applications.map(([name]) => name)).toEqual(['migrate', 'keys', 'api', 'worker']);
  for (const name of ['postgres', 'redis', 'elasticsearch', 'temporal', 'temporal-ui']) service(name);
});

describe('the settings of the applications', () => {
  it.each(applications)('%s gets only variables that src/config knows', (_, application) => {
    const unknown = Object.keys(environmentOf(application)).filter((name) => !(name in settings));
    expect(unknown).toEqual([]);
  });

  it.each(applications)('%s accepts all of it', (_, application) => {
    expect(() => readConfig(environmentOf(application))).not.toThrow();
  });

  it.each(applications)('%s reaches each part by the name of its service', (_, application) => {
    const config = readConfig(environmentOf(application));
    expect(new URL(config.DATABASE_URL).host).toBe('postgres:5432');
    expect(new URL(config.REDIS_URL).host).toBe('redis:6379');
    expect(new URL(config.ELASTICSEARCH_URL).host).toBe('elasticsearch:9200');
    expect(config.TEMPORAL_ADDRESS).toBe('temporal:7233');
  });

  it('listens on all addresses of its container, on the port that is published', () => {
    const [api, worker] = [service('api'), service('worker')];
    const [apiConfig, workerConfig] = [readConfig(environmentOf(api)), readConfig(environmentOf(worker))];
    expect([apiConfig.HOST, workerConfig.WORKER_HOST]).toEqual(['0.0.0.0', '0.0.0.0']);
    expect(api.ports).toEqual([`127.0.0.1:3000:${apiConfig.PORT}`]);
    expect(worker.ports).toEqual([`127.0.0.1:3001:${workerConfig.WORKER_PORT}`]);
  });

  it('asks for keys, because it listens beyond loopback, and gives Prometheus one of its own', () => {
    for (const name of ['keys', 'api', 'worker']) {
      const config = readConfig(environmentOf(service(name)));
      expect(config.ACCESS).toBe('keys');
      expect(peppersOf(config)).toHaveLength(1);
    }
    const written = /--scope metrics:read --file (\S+)/.exec(service('keys').command?.join(' ') ?? '')?.[1];
    const file = written?.replace(/^\/keys/, '/etc/prometheus/keys');
    const jobs = [...read('observability/prometheus/prometheus.yml').matchAll(/credentials_file: (\S+) \}/g)];
    expect(jobs.map(([, one]) => one)).toEqual([file, file]);
  });

  it('uses the database and the owner that PostgreSQL is started with', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = environmentOf(service('postgres'));
    const url = new URL(readConfig(environmentOf(service('migrate'))).DATABASE_MIGRATION_URL ?? '');
    expect([url.username, url.password, url.pathname]).toEqual([
      POSTGRES_USER,
      POSTGRES_PASSWORD,
      `/${String(POSTGRES_DB)}`,
    ]);
  });

  it('gives the API and the worker a role that another container makes', () => {
    const made = service('service-role').command?.join('\n') ?? '';
    for (const name of ['api', 'worker', 'migrate']) {
      const { DATABASE_URL, DATABASE_READ_ROLE } = readConfig(environmentOf(service(name)));
      const { username, password } = new URL(DATABASE_URL);
      expect(made).toContain(`create role ${username} login`);
      expect(made).toContain(`create role ${DATABASE_READ_ROLE} nologin`);
      expect(password).toBe(environmentOf(service('service-role')).SERVICE_PASSWORD);
      expect('DATABASE_MIGRATION_URL' in environmentOf(service(name))).toBe(name === 'migrate');
    }
  });

  it.each(['api', 'worker'])('%s may use its whole grace before it is killed', (name) => {
    const { SHUTDOWN_NOTICE_MS, SHUTDOWN_GRACE_MS } = readConfig(environmentOf(service(name)));
    // The worker gives up five seconds after its grace.
    const needed = SHUTDOWN_GRACE_MS + Math.max(SHUTDOWN_NOTICE_MS, 5_000);
    expect(Number.parseInt(service(name).stop_grace_period ?? '10s') * 1_000).toBeGreaterThan(needed);
  });
});

describe('the passwords', () => {
  const asked = new Set(
    [...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name),
  );

  it('are random, stay as they are at the second run, and only their owner reads them', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'compose-'));
    try {
      await mkdir(path.join(dir, 'stack'));
      await cp(path.join(root, 'stack/composeSecrets.sh'), path.join(dir, 'stack/composeSecrets.sh'));
      // The last line has no end, and one password is empty.
      const before = 'LOG_LEVEL=debug\nGRAFANA_PASSWORD=\nPOSTGRES_PASSWORD=wallet';
      await writeFile(path.join(dir, '.env'), before, { mode: 0o644 });
      const run = async () => {
        await promisify(execFile)('sh', ['stack/composeSecrets.sh'], { cwd: dir });
        return readFileSync(path.join(dir, '.env'), 'utf8');
      };
      const first = await run();
      expect(await run()).toBe(first);
      expect(first.startsWith(`${before}\n`)).toBe(true);
      const written = new Map(
        first
          .trim()
          .split('\n')
          .map((line) => line.split('=') as [string, string]),
      );
      expect(new Set([...written.keys()].filter((name) => name !== 'LOG_LEVEL'))).toEqual(asked);
      const random = [...written].filter(([name]) => asked.has(name) && name !== 'POSTGRES_PASSWORD');
      for (const [, value] of random) expect(value).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(random.map(([, value]) => value)).size).toBe(asked.size - 1);
      expect((await stat(path.join(dir, '.env'))).mode & 0o777).toBe(0o600);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('are asked for by PostgreSQL, Redis, Elasticsearch and Grafana, and known to the applications', () => {
    const { DATABASE_URL, REDIS_URL, ELASTICSEARCH_URL } = readConfig(environmentOf(service('api')));
    expect([DATABASE_URL, REDIS_URL, ELASTICSEARCH_URL].map((url) => new URL(url).password)).toEqual([
      environmentOf(service('service-role')).SERVICE_PASSWORD,
      service('redis').command?.[2],
      environmentOf(service('elasticsearch')).ELASTIC_PASSWORD,
    ]);
    expect(service('redis').command?.[1]).toBe('--requirepass');
    expect(environmentOf(service('elasticsearch'))['xpack.security.enabled']).toBe('true');
    expect(environmentOf(service('grafana')).GF_SECURITY_ADMIN_PASSWORD).toBe('secret-GRAFANA_PASSWORD');
    // Every password is a secret of .env.
    for (const [name, one] of services)
      for (const [variable, value] of Object.entries(environmentOf(one)))
        if (/(PASSWORD|PWD|AUTH)$/.test(variable)) expect(value, `${name} ${variable}`).toMatch(/^secret-/);
  });

  it('do not stand before the Temporal Web UI, so a guard does', () => {
    expect(service('temporal-ui').ports).toBeUndefined();
    const [, file = '', port, host, innerPort] = service('temporal-ui-guard').command ?? [];
    expect(existsSync(path.join(root, file))).toBe(true);
    expect([`127.0.0.1:${port}:${port}`]).toEqual(service('temporal-ui-guard').ports);
    expect([host, innerPort]).toEqual(['temporal-ui', '8080']);
  });
});

describe('start order', () => {
  it.each(services)('%s has a health check, or ends by itself and something waits for that', (name, one) => {
    const waiting = services.some(([, other]) => other.depends_on?.[name] !== undefined);
    expect(one.healthcheck !== undefined).toBe(!oneShots.has(name));
    expect(oneShots.has(name) ? waiting : one.restart === 'unless-stopped').toBe(true);
  });

  it.each(services)(
    '%s is told what to run and how to be checked in words that YAML leaves alone',
    (_, one) => {
      const words = [...(one.entrypoint ?? []), ...(one.command ?? []), ...(one.healthcheck?.test ?? [])];
      for (const word of words) expect(typeof word, JSON.stringify(word)).toBe('string');
    },
  );

  it.each(['api', 'worker'])('%s is asked whether it is ready, on its own port', (name) => {
    const { PORT, WORKER_PORT } = readConfig(environmentOf(service(name)));
    const port = name === 'api' ? PORT : WORKER_PORT;
    expect(service(name).healthcheck?.test.at(-1)).toContain(`http://127.0.0.1:${port}/readyz`);
  });

  it.each(services)('%s waits for services that exist, until they are healthy or done', (_, one) => {
    for (const [name, { condition }] of Object.entries(one.depends_on ?? {})) {
      expect(service(name)).toBeDefined();
      expect(condition).toBe(oneShots.has(name) ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  it('runs the migrations before the API and the worker, and the worker after the namespace is there', () => {
    for (const name of ['api', 'worker']) expect(service(name).depends_on).toHaveProperty('migrate');
    expect(service('worker').depends_on).toHaveProperty('temporal-namespace');
  });
});

describe('the published ports', () => {
  it.each(services)('%s is published on the loopback address only', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('are those of `npm start`, except for parts that only containers bring', () => {
    const published = services
      .filter(([name]) => name !== 'prometheus' && name !== 'grafana')
      .flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    const local = Object.values(portSettings).map(({ fallback }) => String(fallback));
    expect(published.toSorted()).toEqual(local.toSorted());
  });
});

describe('images and volumes', () => {
  it.each(services)('%s has an image with a version, or is built here', (_, { image = '', build }) => {
    const version = image.split(':')[1] ?? '';
    expect(build === undefined ? /^v?\d+\.\d+/.test(version) : version === 'local').toBe(true);
  });

  it('has the versions of PostgreSQL and Elasticsearch that the service is made for', () => {
    expect(service('postgres').image).toMatch(/^postgres:18\./);
    const kept = Object.entries(environmentOf(service('postgres'))).filter(([name]) =>
      name.startsWith('MALLOC_'),
    );
    expect(Object.fromEntries(kept)).toEqual(keptMemory);
    const started = service('postgres').command ?? [];
    const wanted = Object.entries({ ...measuredSettings, wal_compression: 'lz4' });
    expect(started).toEqual(expect.arrayContaining(wanted.map(([name, value]) => `--${name}=${value}`)));
    expect(service('elasticsearch').image).toMatch(/^elasticsearch:8\.19\./);
  });

  it.each(services)(
    '%s keeps data in named volumes, and may only read files of ours',
    (_, { volumes = [] }) => {
      for (const volume of volumes) {
        const [source = '', , mode] = volume.split(':');
        if (!source.startsWith('./')) expect(compose.volumes).toHaveProperty(source);
        else {
          expect(existsSync(path.join(root, source)), source).toBe(true);
          expect(mode).toBe('ro');
        }
      }
    },
  );
});

describe('Prometheus and Grafana', () => {
  /** The path in the container at which a file or folder of this repository is mounted. */
  const mounted = (name: string, source: string) =>
    service(name)
      .volumes?.map((volume) => volume.split(':'))
      .find(([from]) => from === source)?.[1];

  it('scrape the API and the worker where they listen, and read the alert rules', () => {
    const prometheus = parse(read('observability/prometheus/prometheus.yml')) as Prometheus;
    const targets = prometheus.scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((config) => config.targets),
    );
    const { PORT } = readConfig(environmentOf(service('api')));
    const { WORKER_PORT } = readConfig(environmentOf(service('worker')));
    expect(targets).toEqual([`api:${PORT}`, `worker:${WORKER_PORT}`]);
    expect(prometheus.rule_files).toEqual([mounted('prometheus', './observability/prometheus/alerts.yml')]);
    const config = mounted('prometheus', './observability/prometheus/prometheus.yml');
    expect(service('prometheus').command).toContain(`--config.file=${String(config)}`);
  });

  it('show the dashboard from the files, out of the Prometheus of the same name', () => {
    const folder = mounted('grafana', './observability/grafana/dashboards');
    const provisioning = 'observability/grafana/provisioning';
    const dashboards = parse(read(`${provisioning}/dashboards/wallet.yml`)) as Provisioned;
    expect(dashboards.providers?.map(({ options }) => options.path)).toEqual([folder]);
    expect(mounted('grafana', './observability/grafana/provisioning')).toBe('/etc/grafana/provisioning');
    const { datasources } = parse(read(`${provisioning}/datasources/prometheus.yml`)) as Provisioned;
    const uids = datasources?.map(({ uid }) => uid) ?? [];
    expect(datasources?.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
    const used = [
      ...read('observability/grafana/dashboards/wallet.json').matchAll(
        /"type": "prometheus",\s*"uid": "(.*?)"/g,
      ),
    ];
    expect(used).not.toHaveLength(0);
    for (const [, uid] of used) expect(uids).toContain(uid);
  });
});

describe('Temporal', () => {
  it('runs as a server on PostgreSQL, not as the dev server', () => {
    const { image, command, entrypoint, depends_on } = service('temporal');
    expect(image).toMatch(/^temporalio\/server:/);
    expect(environmentOf(service('temporal')).DB).toBe('postgres12');
    expect(depends_on).toHaveProperty('temporal-schema');
    expect([...(entrypoint ?? []), ...(command ?? [])].join(' ')).not.toContain('start-dev');
  });

  it('has one version for the server and the tools that set its schema up', () => {
    const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
      (name) => service(name).image?.split(':')[1],
    );
    expect(new Set(versions).size).toBe(1);
  });

  it('gets the namespace of the worker and the search attributes of the local stack', () => {
    const { command, environment } = service('temporal-namespace');
    const { TEMPORAL_NAMESPACE } = readConfig(environmentOf(service('worker')));
    expect(environment).toHaveProperty('TEMPORAL_NAMESPACE', TEMPORAL_NAMESPACE);
    const created = [...(command?.join('') ?? '').matchAll(/--name (\w+) --type Keyword/g)];
    expect(created.map(([, name]) => name)).toEqual([...searchAttributes]);
  });
});

describe('the Dockerfile', () => {
  it('is based on the Node.js that the package `node` of package.json is', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Package;
    const version = dependencies.node ?? devDependencies.node;
    expect(version).toMatch(/^\d+\./);
    for (const image of nodeImages()) {
      expect(image).toMatch(/^node:\d+\./);
      expect(image.slice('node:'.length).split('.')[0]).toBe(version?.split('.')[0]);
    }
    expect(nodeImages()).not.toHaveLength(0);
  });

  it('copies files that exist and reach the builder', () => {
    const allowed = read('.dockerignore').split('\n');
    const sources = instructions('COPY')
      .filter((line) => !line.startsWith('--from='))
      .flatMap((line) => line.split(' ').slice(0, -1));
    expect(sources).toContain('src');
    for (const source of sources) {
      expect(existsSync(path.join(root, source)), source).toBe(true);
      expect(allowed).toContain(`!${source}`);
    }
  });

  // The one that makes keys writes to a volume that belongs to root.
  it.each(applications.filter(([name]) => name !== 'keys'))(
    '%s runs a file that is copied, as a user that is not root',
    (_, { command = [] }) => {
      const [program, file = ''] = command;
      expect(program).toBe('node');
      expect(existsSync(path.join(root, file))).toBe(true);
      const folder = file.split('/')[0] ?? '';
      expect(instructions('COPY')).toContain(`${folder} ${folder}`);
      expect(instructions('USER')).toEqual(['node']);
    },
  );
});
