// Names the code that decides about commands. Processes whose code differs hand nothing over to each other,
// so a rolling upgrade needs no form of messages that two releases understand.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a handed command goes through, from `src` on. */
const folders = ['commands', 'domain', 'eventStore'];
const nameLength = 16;

/** The same for each start of the same code. Reads about 200 files. */
export function nameOfCode(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (path.endsWith('.ts')) hash.update(path).update(readFileSync(join(root, folder, path)));
  return hash.digest('hex').slice(0, nameLength);
}
