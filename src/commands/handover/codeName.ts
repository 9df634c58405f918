// Names the code that decides about commands. Processes whose code differs hand nothing over to each other,
// so a rolling upgrade needs no form of messages that two releases understand.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders of `src` whose code a handed command runs through. */
const folders = ['commands', 'domain', 'eventStore'];
const nameLength = 16;

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
