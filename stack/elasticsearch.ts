// Runs a real Elasticsearch node: Launcher.java starts it from jars that Maven resolves. This file decides
// the node's settings, and elasticsearch/home.ts builds its folder.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { homeKey, obtainHome } from './elasticsearch/home.ts';
import { findJava, javaLacks } from './elasticsearch/java.ts';
import { isCached } from './cache.ts';
import { onPath } from './onPath.ts';
import { StackError, dockerRemedy, type Part, type Site } from './part.ts';

const HEAP_MB = 512;
const HEALTH_TIMEOUT_MS = 2_000;
const USER = 'wallet';

/** elasticsearch/Guard.java refuses every request without these credentials. */
export function elasticsearchUrl(password: string, port: number): string {
  return `http://${USER}:${password}@127.0.0.1:${port}`;
}

function basicOf(password: string): string {
  return `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`;
}

export const elasticsearch: Part = {
  name: 'elasticsearch',
  urlVariable: 'ELASTICSEARCH_URL',

  async lacks(site) {
    const cached = await isCached(site.cacheDir, await homeKey());
    const lacking = [...(await javaLacks(site, !cached))];
    if (!cached && onPath('mvn', site.environment) === undefined) {
      lacking.push(
        `Elasticsearch: no mvn on PATH to obtain it with; install Maven, set ELASTICSEARCH_URL to a running ` +
          `Elasticsearch 8, ${dockerRemedy}.`,
      );
    }
    return lacking;
  },

  async prepare(site) {
    const home = await obtainHome(site);
    const config = path.join(site.dataDir, 'config');
    await mkdir(config, { recursive: true });
    await writeFile(path.join(config, 'elasticsearch.yml'), settings(site));
    await writeFile(path.join(config, 'log4j2.properties'), logging);
    await writeFile(path.join(config, 'guard'), `${USER}:${site.secrets.elasticsearch}\n`, { mode: 0o600 });
    const java = findJava('java', site.environment);
    if (java === undefined) throw new StackError('Elasticsearch: java has gone from PATH');
    return {
      command: java,
      args: [
        ...[`-Xms${HEAP_MB}m`, `-Xmx${HEAP_MB}m`, '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError'],
        ...[`-Des.path.home=${home}`, `-Djava.io.tmpdir=${await emptyFolder(site)}`],
        ...['-cp', `${path.join(home, 'classes')}:${path.join(home, 'lib', '*')}`, 'Launcher', config],
      ],
      environment: site.environment,
      directory: site.dataDir,
      stopSignal: 'SIGTERM',
      stopWithinMs: 20_000,
      readyWithinMs: 120_000,
      isReady: async (signal) => {
        const health = `http://127.0.0.1:${site.port}/_cluster/health?wait_for_status=yellow&timeout=1s`;
        const limit = AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]);
        const headers = { Authorization: basicOf(site.secrets.elasticsearch) };
        return (await fetch(health, { signal: limit, headers })).ok;
      },
    };
  },
};

function settings(site: Site): string {
  return [
    'cluster.name: wallet-local',
    'node.name: local',
    'discovery.type: single-node',
    'network.host: 127.0.0.1',
    `http.port: ${site.port}`,
    // No other node joins, so any free port is fine.
    'transport.port: 0',
    `path.data: ${JSON.stringify(path.join(site.dataDir, 'data'))}`,
    `path.logs: ${JSON.stringify(path.join(site.dataDir, 'logs'))}`,
    // With a small heap the parent breaker counts garbage and answers 429 to parallel bulks.
    'indices.breaker.total.use_real_memory: false',
    // On a disk that is 90 % full, as on many laptops, Elasticsearch would allocate no shard. The stack
    // checks for an absolute amount of free space instead.
    'cluster.routing.allocation.disk.threshold_enabled: false',
    '',
  ].join('\n');
}

const logging = [
  'status = error',
  'appender.console.type = Console',
  'appender.console.name = console',
  'appender.console.layout.type = PatternLayout',
  'appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n',
  'rootLogger.level = warn',
  'rootLogger.appenderRef.console.ref = console',
  '',
].join('\n');

async function emptyFolder(site: Site): Promise<string> {
  const folder = path.join(site.dataDir, 'tmp');
  await mkdir(folder, { recursive: true });
  return folder;
}
