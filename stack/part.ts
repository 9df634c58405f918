// Types of the local stack: a part, its start, and the error whose message is written for the person at the
// terminal.
import type { Environment } from './paths.ts';
import type { Progress } from './progress.ts';
import type { Secrets } from './secrets.ts';

export const partNames = ['postgres', 'redis', 'temporal', 'elasticsearch'] as const;
export type PartName = (typeof partNames)[number];

export interface Urls {
  readonly DATABASE_URL: string;
  /** The role that owns the tables, if it is another one. The API and the worker never get it. */
  readonly DATABASE_MIGRATION_URL?: string;
  readonly REDIS_URL: string;
  readonly ELASTICSEARCH_URL: string;
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_UI_URL: string;
}

export type AdminUrls = Pick<Urls, 'DATABASE_URL' | 'REDIS_URL'>;

export { StackError } from './stackError.ts';

/** A process that the supervisor starts, watches and stops. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly directory: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stopSignal: NodeJS.Signals;
  /** A process that has not exited after this time is killed. */
  readonly stopWithinMs: number;
  readonly readyWithinMs: number;
  /** True once a real connection works. After false or a rejection it is called again. */
  readonly isReady: (signal: AbortSignal) => Promise<boolean>;
}

/** What it takes to find or obtain a program. */
export interface Workplace {
  readonly cacheDir: string;
  readonly environment: Environment;
  readonly progress: Progress;
  /** Aborted if the start is given up. The part then ends the programs that it runs. */
  readonly signal: AbortSignal;
}

/** Passed to a part while it looks for obstacles. */
export interface Ground extends Workplace {
  readonly port: number;
  /** The part's own folder, which is kept until the next start. */
  readonly dataDir: string;
}

/** Passed to a part while it prepares its start. */
export interface Site extends Ground {
  /** Where the Web UI listens. Browsers reach it only through the guard on its published port. */
  readonly uiInner: { readonly host: string; readonly port: number };
  readonly secrets: Secrets;
}

export interface Part {
  readonly name: PartName;
  readonly urlVariable: 'DATABASE_URL' | 'REDIS_URL' | 'ELASTICSEARCH_URL' | 'TEMPORAL_ADDRESS';
  /** One sentence, with the remedy, for each thing that this machine lacks. Obtains and starts nothing. */
  readonly lacks: (site: Ground) => Promise<readonly string[]>;
  /** Obtains missing programs, prepares the data folder and returns how to start. */
  readonly prepare: (site: Site) => Promise<Program>;
}

export const dockerRemedy = 'or let `docker compose up` run everything';
