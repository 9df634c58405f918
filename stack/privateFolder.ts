// Keeps the stack's folder from other users of this machine: every file and folder in it belongs to this user
// alone. Files of an older installation lose the rights that others had.
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

const OTHERS = 0o077;

/**
 * Makes the folder, and lets every file of this process and of its children be made without rights of others.
 */
export function makePrivate(varDir: string): void {
  process.umask(OTHERS);
  mkdirSync(varDir, { recursive: true });
  // Root runs PostgreSQL as another user, who must reach his own folder inside.
  chmodSync(varDir, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Takes the rights of others from everything inside. The cluster of PostgreSQL never had any. */
export function closeOldFiles(varDir: string): void {
  for (const entry of readdirSync(varDir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink() || file.startsWith(path.join(varDir, 'postgres') + path.sep)) continue;
    // A process of the stack may remove its file meanwhile.
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    const { mode } = found;
    if ((mode & OTHERS) !== 0) chmodSync(file, mode & ~OTHERS & 0o7777);
  }
}
