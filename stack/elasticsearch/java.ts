// Finds the Java that runs Elasticsearch: that of JAVA_HOME, else the one on PATH. It must be 17 or newer.
import path from 'node:path';
import { isExecutable, onPath, runToEnd } from '../onPath.ts';
import { StackError, dockerRemedy, type Workplace } from '../part.ts';
import { given, type Environment } from '../paths.ts';

const VERSION_MIN = 17;

export function findJava(tool: 'java' | 'javac' | 'jar', environment: Environment): string | undefined {
  const javaHome = given(environment, 'JAVA_HOME');
  const own = javaHome === undefined ? undefined : path.join(javaHome, 'bin', tool);
  return own !== undefined && isExecutable(own) ? own : onPath(tool, environment);
}

/** Reasons why no node can run on this machine. Building one needs the compiler, too. */
export async function javaLacks(site: Workplace, needsCompiler: boolean): Promise<readonly string[]> {
  const remedy = `install a JDK ${VERSION_MIN} or newer, set ELASTICSEARCH_URL to a running Elasticsearch 8, ${dockerRemedy}.`;
  const java = findJava('java', site.environment);
  if (java === undefined) return [`Elasticsearch: no java on PATH; ${remedy}`];
  const version = await majorVersion(java, site);
  if (version === undefined) return [`Elasticsearch: ${java} does not run; ${remedy}`];
  if (version < VERSION_MIN) return [`Elasticsearch: ${java} is version ${version}; ${remedy}`];
  const tools = ['javac', 'jar'] as const;
  const lacking = needsCompiler && tools.some((tool) => findJava(tool, site.environment) === undefined);
  return lacking ? [`Elasticsearch: ${java} comes without javac and jar; ${remedy}`] : [];
}

async function majorVersion(java: string, site: Workplace): Promise<number | undefined> {
  try {
    const answer = await runToEnd(java, ['-version'], {
      directory: '/',
      environment: site.environment,
      signal: site.signal,
    });
    // "17.0.15" since Java 9, "1.8.0_402" before.
    const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(answer) ?? [];
    return first === '1' ? Number(second) : Number(first);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return undefined;
  }
}
