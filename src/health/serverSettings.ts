// The settings of PostgreSQL that cost operations if they are worse than the values here. docs/deployment.md
// has the measured reasons. The local stack and docker-compose.yml set the same values.
//
// A server with worse ones is right, and slower than it needs to be. The settings without which it is wrong
// are in src/eventStore/serverFacts.ts, and a server that lacks one of those is refused.

/** A setting as the server has it. */
export interface ServerSetting {
  /** As `show` gives it, such as `1GB`. */
  readonly shown: string;
  /** In the unit of `pg_settings`, such as `1024` megabytes. */
  readonly setting: string;
  /** The values that this server allows, for a setting with a list of them. */
  readonly allowed: readonly string[];
  /** True if it stands in the server's command line. Then nothing but another start changes it. */
  readonly fromCommandLine: boolean;
  /** The statement that changes it where it was set, up to `set`, such as `alter system`. */
  readonly changedBy: string;
}

interface WantedSetting {
  readonly name: string;
  /** The value to set, or undefined if the server's is as good. */
  readonly better: (found: ServerSetting) => string | undefined;
  /** The damage of a worse value. */
  readonly harm: string;
}

const atLeast = (least: number, value: string) => (found: ServerSetting) =>
  Number(found.setting) < least ? value : undefined;

export const wantedSettings: readonly WantedSetting[] = [
  {
    name: 'max_wal_size',
    better: atLeast(4_096, '4GB'),
    harm: 'a load forces checkpoints, and after each of them operations write whole pages again',
  },
  {
    name: 'checkpoint_timeout',
    better: atLeast(900, '15min'),
    harm: 'checkpoints come so often that operations write most pages whole',
  },
  {
    name: 'wal_compression',
    better: ({ setting, allowed }) => {
      if (setting === 'lz4' || setting === 'zstd') return undefined;
      if (allowed.includes('lz4')) return 'lz4';
      return setting === 'off' ? undefined : 'off';
    },
    harm: 'whole pages take more of the write-ahead log (off), or of the processor (pglz), than they need to',
  },
  {
    name: 'autovacuum',
    better: ({ setting }) => (setting === 'on' ? undefined : 'on'),
    harm: 'tables grow with dead rows, and plans are made for tables as they once were',
  },
];

export const wantedSettingNames: readonly string[] = wantedSettings.map(({ name }) => name);
