// Entity tags of answers, and the tags that come back in If-Match and If-None-Match.
//
// A gateway that compresses an answer changes its tag: nginx and HAProxy weaken "3" to W/"3", Apache and
// Caddy append the coding, as in "3-gzip". A caller can only send back what it got. So both forms count as
// the tag that this server made. Nothing is lost: our tag of a wallet is its version, and names the state,
// not the bytes.
import { hash } from 'node:crypto';

const tagList = /^(?:W\/)?"[!#-~]*"(?:[ \t]*,[ \t]*(?:W\/)?"[!#-~]*")*$/;

/** The opaque parts of the tags in such a header, as this server made them. Undefined if it is malformed. */
export function tagsIn(header: string): readonly string[] | undefined {
  if (!tagList.test(header)) return undefined;
  return [...header.matchAll(/"([!#-~]*)"/g)].map(([, tag = '']) =>
    tag.replace(/[-;](?:gzip|br|zstd|deflate)$/, ''),
  );
}

/** A tag for an answer that has no version of its own. */
export function tagOfBody(body: string): string {
  return `"${hash('sha256', body, 'hex').slice(0, 32)}"`;
}

/** Whether If-None-Match names this tag, or any. A malformed header names none. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || tagsIn(ifNoneMatch.trim())?.includes(etag.slice(1, -1)) === true;
}
