// The settings of the archive: where its files lie, and which segments of the log may go there.
import { matching, text, whole } from './settingKinds.ts';

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
  ARCHIVE_ENDPOINT: text('', 'URL of a store other than AWS that speaks S3'),
};

/** A record lives for its retention, and half of it more. */
const recordLifeShare = 1.5;

interface ArchiveConfig {
  readonly ARCHIVE_URL: string;
  readonly ARCHIVE_AFTER_DAYS: number;
  readonly IDEMPOTENCY_RETENTION_HOURS: number;
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
