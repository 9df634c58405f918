// Builds the folder that Elasticsearch runs from, once per version for all clones. Maven resolves the jars,
// each is checked against its pinned SHA-256, and the launcher is compiled.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { obtain } from '../cache.ts';
import { onPath, runToEnd } from '../onPath.ts';
import { StackError, type Workplace } from '../part.ts';
import { findJava } from './java.ts';

const VERSION = '8.19.21';
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const MODULE = 'transport-netty4';
const DESCRIPTOR = 'plugin-descriptor.properties';

const here = import.meta.dirname;
const pinned = path.join(here, 'jars.sha256');
const launcher = path.join(here, 'Launcher.java');
const guard = path.join(here, 'Guard.java');
const GUARD_CLASS = 'org.elasticsearch.xpack.local.Guard';

/** A key that changes with the version, the pinned jars and our sources, so that a stale home never runs. */
export async function homeKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [pinned, launcher, guard]) hash.update(await readFile(file));
  return `elasticsearch-${VERSION}-${hash.digest('hex').slice(0, 12)}`;
}

export async function obtainHome(site: Workplace): Promise<string> {
  return obtain(site.cacheDir, await homeKey(), (home) =>
    site.progress.step('Elasticsearch: obtaining it with Maven (once)', async (far) => {
      const jars = path.join(home, 'lib');
      await resolveJars(site, home, jars, far);
      far('verifying');
      await verify(jars);
      await arrangeModule(site, home, jars);
      far('compiling the launcher');
      const javac = findJava('javac', site.environment);
      if (javac === undefined) throw new StackError('Elasticsearch: javac has gone from PATH');
      await run(site, home, javac, [
        ...['-d', path.join(home, 'classes'), '-cp', path.join(jars, '*'), launcher],
      ]);
      await addGuard(site, home, { jars, javac });
    }),
  );
}

async function resolveJars(
  site: Workplace,
  home: string,
  jars: string,
  far: (text: string) => void,
): Promise<void> {
  const maven = onPath('mvn', site.environment);
  if (maven === undefined) throw new StackError('Elasticsearch: mvn has gone from PATH');
  const total = (await pins()).size;
  // Maven writes next to its pom, so it gets a copy.
  await copyFile(path.join(here, 'pom.xml'), path.join(home, 'pom.xml'));
  let downloaded = 0;
  await runToEnd(
    maven,
    [
      ...['--batch-mode', '--file', path.join(home, 'pom.xml')],
      `${DEPENDENCY_PLUGIN}:copy-dependencies`,
      ...['-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
    ],
    {
      directory: home,
      environment: site.environment,
      signal: site.signal,
      onLine(line) {
        // Maven first downloads the jars of its own plugin, which are not counted.
        if (!/Downloaded .*\/(org\/elasticsearch|org\/apache\/lucene|io\/netty)\/.*\.jar/.test(line)) return;
        downloaded += 1;
        far(`${downloaded} of about ${total} jars`);
      },
    },
  );
}

async function pins(): Promise<Map<string, string>> {
  const lines = (await readFile(pinned, 'utf8')).trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [hash = '', name = ''] = line.split(/\s+/);
      return [name, hash];
    }),
  );
}

/** Throws unless the jars are exactly the pinned ones. */
async function verify(jars: string): Promise<void> {
  const expected = await pins();
  const found = await readdir(jars);
  for (const name of found) {
    const hash = createHash('sha256')
      .update(await readFile(path.join(jars, name)))
      .digest('hex');
    if (expected.get(name) !== hash) {
      throw new StackError(`Elasticsearch: ${name} is not the pinned file; its SHA-256 is ${hash}.`);
    }
  }
  const missing = [...expected.keys()].filter((name) => !found.includes(name));
  if (missing.length > 0) throw new StackError(`Elasticsearch: Maven left out ${missing.join(', ')}.`);
}

/**
 * Puts the HTTP transport into its own folder with a descriptor, because Elasticsearch loads it as a module.
 */
async function arrangeModule(site: Workplace, home: string, jars: string): Promise<void> {
  const folder = path.join(home, 'modules', MODULE);
  await mkdir(folder, { recursive: true });
  const names = await readdir(jars);
  const belongs = (name: string) => /^(transport-netty4|netty|elasticsearch-ssl-config)-/.test(name);
  for (const name of names.filter(belongs)) await rename(path.join(jars, name), path.join(folder, name));
  const jar = findJava('jar', site.environment);
  if (jar === undefined) throw new StackError('Elasticsearch: jar has gone from PATH');
  const inside = `META-INF/es-plugins/${MODULE}/${DESCRIPTOR}`;
  await run(site, home, jar, ['xf', path.join(folder, `${MODULE}-${VERSION}.jar`), inside]);
  const descriptor = await readFile(path.join(home, inside), 'utf8');
  // With a module name the loader would search for Java modules, and a class path has none.
  const lines = descriptor.split('\n').filter((line) => !line.startsWith('modulename='));
  await writeFile(path.join(folder, DESCRIPTOR), lines.join('\n'));
  await rm(path.join(home, 'META-INF'), { recursive: true });
}

/** Adds the plugin that refuses foreign requests, as a module like the HTTP transport. */
async function addGuard(
  site: Workplace,
  home: string,
  tools: { jars: string; javac: string },
): Promise<void> {
  const folder = path.join(home, 'modules', 'guard');
  const classes = path.join(home, 'guard-classes');
  await mkdir(folder, { recursive: true });
  await run(site, home, tools.javac, ['-d', classes, '-cp', path.join(tools.jars, '*'), guard]);
  const jar = findJava('jar', site.environment);
  if (jar === undefined) throw new StackError('Elasticsearch: jar has gone from PATH');
  await run(site, home, jar, ['cf', path.join(folder, 'guard.jar'), '-C', classes, '.']);
  await rm(classes, { recursive: true });
  const descriptor = {
    name: 'guard',
    description: 'refuses requests without the secret of this installation',
    version: VERSION,
    'elasticsearch.version': VERSION,
    'java.version': '17',
    classname: GUARD_CLASS,
  };
  const lines = Object.entries(descriptor).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path.join(folder, DESCRIPTOR), lines.join(''));
}

async function run(
  site: Workplace,
  directory: string,
  command: string,
  args: readonly string[],
): Promise<void> {
  await runToEnd(command, args, { directory, environment: site.environment, signal: site.signal });
}
