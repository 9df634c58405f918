// Keeps one log file per process under var/log, and that of the run before. A file that grows past its bound
// is copied and emptied. The process goes on appending to it.
import { copyFile, mkdir, open, rename, stat, truncate } from 'node:fs/promises';
import path from 'node:path';

const LOG_BYTES_MAX = 20 * 1_048_576;
const LAST_BYTES = 16_384;

/** Renames the file of the run before and returns the path of the new one. */
export async function freshLog(logDir: string, name: string): Promise<string> {
  await mkdir(logDir, { recursive: true });
  const file = path.join(logDir, `${name}.log`);
  await rename(file, `${file}.1`).catch(ignoreMissing);
  return file;
}

export async function boundLog(file: string): Promise<void> {
  const found = await stat(file).catch(ignoreMissing);
  if (found === undefined || found.size < LOG_BYTES_MAX) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

export async function lastLines(file: string, count: number): Promise<string[]> {
  const handle = await open(file, 'r').catch(ignoreMissing);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, LAST_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString().split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
