// Says what the settings ask of the archive at a time. Pure.
import type { Config } from '../config/config.ts';
import type { ArchiveSettings } from './archiveStatus.ts';

const dayMs = 86_400_000;

/** Segments are archived only then. */
export function archives(config: Pick<Config, 'ARCHIVE_URL' | 'ARCHIVE_AFTER_DAYS'>): boolean {
  return config.ARCHIVE_URL !== '' && config.ARCHIVE_AFTER_DAYS > 0;
}

/** What the settings ask of the archive at this time. */
export function archiveSettingsAt(
  config: Pick<Config, 'ARCHIVE_URL' | 'ARCHIVE_AFTER_DAYS' | 'ARCHIVE_GRACE_DAYS'>,
  now: Date,
): ArchiveSettings {
  return { isOn: archives(config), ...archiveTimes(config, now) };
}

/** A segment whose newest event is older than the first may go. A detached one is kept until the second. */
export function archiveTimes(
  config: Pick<Config, 'ARCHIVE_AFTER_DAYS' | 'ARCHIVE_GRACE_DAYS'>,
  now: Date,
): { readonly archiveBefore: Date; readonly dropBefore: Date } {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  return {
    archiveBefore: daysAgo(config.ARCHIVE_AFTER_DAYS),
    dropBefore: daysAgo(config.ARCHIVE_GRACE_DAYS),
  };
}
