// The settings of the archive: where its files lie, and which segments of the log may go there.
import { matching, secret, text, whole } from './settingKinds.ts';

export const archiveSettings = {
  ARCHIVE_URL: matching(
    '',
    /^(?:|file:\/\/\/[^?#]*|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^?#]*)?)$/,
    'file:///directory or s3://bucket/prefix',
    'place of the files of archived segments; empty means no archive. Keys of S3 come from the usual variables of AWS, such as AWS_ACCESS_KEY_ID and AWS_REGION, which only the worker needs',
  ),
  ARCHIVE_AFTER_DAYS: whole(
    0,
    0,
    36_500,
    'age at which a segment of the log is archived, more than one and a half times IDEMPOTENCY_RETENTION_HOURS; 0 archives nothing, and restores go on',
  ),
  ARCHIVE_GRACE_DAYS: whole(7, 0, 365, 'how long an archived segment is kept in the database, detached'),
  ARCHIVE_S3_ENDPOINT: secret(text('', 'URL of an object store other than AWS that speaks S3')),
};

const dayMs = 86_400_000;
/** A record lives for its retention, and half of it more. */
const recordLifeShare = 1.5;

interface ArchiveConfig {
  readonly ARCHIVE_URL: string;
  readonly ARCHIVE_AFTER_DAYS: number;
  readonly ARCHIVE_GRACE_DAYS: number;
  readonly IDEMPOTENCY_RETENTION_HOURS: number;
}

/** Segments are archived only then. */
export function archives(config: Pick<ArchiveConfig, 'ARCHIVE_URL' | 'ARCHIVE_AFTER_DAYS'>): boolean {
  return config.ARCHIVE_URL !== '' && config.ARCHIVE_AFTER_DAYS > 0;
}

/** What the settings ask of the archive at this time. */
export function archiveSettingsAt(
  config: Pick<ArchiveConfig, 'ARCHIVE_URL' | 'ARCHIVE_AFTER_DAYS' | 'ARCHIVE_GRACE_DAYS'>,
  now: Date,
) {
  return { isOn: archives(config), ...archiveTimes(config, now) };
}

/** A segment whose newest event is older than the first may go. A detached one is kept until the second. */
export function archiveTimes(
  config: Pick<ArchiveConfig, 'ARCHIVE_AFTER_DAYS' | 'ARCHIVE_GRACE_DAYS'>,
  now: Date,
): { readonly archiveBefore: Date; readonly dropBefore: Date } {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  return {
    archiveBefore: daysAgo(config.ARCHIVE_AFTER_DAYS),
    dropBefore: daysAgo(config.ARCHIVE_GRACE_DAYS),
  };
}

export function archiveContradictions(config: ArchiveConfig): string[] {
  const found: string[] = [];
  if (config.ARCHIVE_AFTER_DAYS === 0) return found;
  if (config.ARCHIVE_URL === '')
    found.push('ARCHIVE_AFTER_DAYS needs ARCHIVE_URL: there is no place for the files');
  const daysMin = Math.ceil((recordLifeShare * config.IDEMPOTENCY_RETENTION_HOURS) / 24);
  if (config.ARCHIVE_AFTER_DAYS <= daysMin) {
    found.push(
      `ARCHIVE_AFTER_DAYS must be more than ${daysMin}: a repeated command is answered again from its event, as long as its Idempotency-Key is remembered`,
    );
  }
  return found;
}
