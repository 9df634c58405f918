// Names the code that decides about commands, and the database that they change. Processes hand nothing over
// to each other if either differs. So a rolling upgrade needs no form of messages that two releases read, and
// a restored copy commits nothing of its original.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders of `src` whose code a handed command runs through. */
const folders = ['commands', 'domain', 'eventStore'];
const nameLength = 16;
const placeLength = 8;

/**
 * The same for each start of the same code. V8 belongs to it, because it makes the bytes of messages. Reads
 * about 200 files.
 */
export function nameOfCode(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const hash = createHash('sha256').update(process.versions.v8);
  for (const folder of folders)
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (path.endsWith('.ts')) hash.update(path).update(readFileSync(join(root, folder, path)));
  return hash.digest('hex').slice(0, nameLength);
}

/**
 * The same for every role and password. Processes with different URLs of one database have a committer for
 * each URL. A restored copy has the secret and the fence of its original. If both share Redis, this name
 * alone keeps their commands apart.
 */
export function nameOfDatabase(url: string): string {
  // The driver takes more forms than URL does.
  const place = url.replace(/^([^:]*:\/\/)[^?]*@/, '$1').replace(/([?&])(?:user|password)=[^&]*/g, '$1');
  return createHash('sha256').update(place).digest('hex').slice(0, placeLength);
}
