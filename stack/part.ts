// The vocabulary of the local stack: what a part is, what it needs to start, and the one kind of error whose
// message is meant for the person at the terminal.
import type { Environment } from './paths.ts';
import type { Progress } from './progress.ts';

export const partNames = ['postgres', 'redis', 'temporal', 'elasticsearch'] as const;
export type PartName = (typeof partNames)[number];

export interface Urls {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly ELASTICSEARCH_URL: string;
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_UI_URL: string;
}

/** What stands in the way and what to do about it, in one sentence; shown without a stack trace. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** A process that the supervisor starts, watches and stops. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly directory: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stopSignal: NodeJS.Signals;
  /** After this long without an exit the process is killed. */
  readonly stopWithinMs: number;
  readonly readyWithinMs: number;
  /** True once a real connection works; false or a rejection means: ask again. */
  readonly isReady: (signal: AbortSignal) => Promise<boolean>;
}

/** What a part may use while it gets ready to start. */
export interface Site {
  readonly port: number;
  readonly uiPort: number;
  /** Its own folder; survives to the next start. */
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly environment: Environment;
  readonly progress: Progress;
  /** Ends whatever it runs when the start is given up. */
  readonly signal: AbortSignal;
}

export interface Part {
  readonly name: PartName;
  readonly urlVariable: 'DATABASE_URL' | 'REDIS_URL' | 'ELASTICSEARCH_URL' | 'TEMPORAL_ADDRESS';
  /** One sentence with the remedy for each thing that this machine lacks; nothing is obtained or started yet. */
  readonly lacks: (site: Site) => Promise<readonly string[]>;
  /** Obtains what is missing, prepares the data folder and says how to start. */
  readonly prepare: (site: Site) => Promise<Program>;
}

export const dockerRemedy = 'or let `docker compose up` run everything';
