// The folder of a test run may lie in memory. Nothing of it may stay there after the run.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepTestFolder, makeTestFolder, removeTestFolder } from '../../stack/testFolder.ts';

let outer: string;
let varDir: string;
let folder: string;
beforeEach(async () => {
  outer = mkdtempSync(path.join(tmpdir(), 'wallet-folder-'));
  varDir = path.join(outer, 'var', 'test-1');
  folder = await makeTestFolder(varDir);
  writeFileSync(path.join(folder, 'log'), 'a line');
});
afterEach(async () => {
  await removeTestFolder(varDir);
  rmSync(outer, { recursive: true });
});

it('is the folder that its path in var/ leads to', () => {
  expect(realpathSync(varDir)).toBe(realpathSync(folder));
});

it('is gone after it was removed, wherever it was', async () => {
  await removeTestFolder(varDir);
  expect([existsSync(folder), existsSync(varDir)]).toEqual([false, false]);
});

it('is on the disk after a failed run, with all that is in it', async () => {
  await keepTestFolder(varDir);
  expect(realpathSync(varDir)).toBe(path.join(realpathSync(outer), 'var', 'test-1'));
  expect(readFileSync(path.join(varDir, 'log'), 'utf8')).toBe('a line');
  expect(folder === varDir || !existsSync(folder)).toBe(true);
});

it('is removed although a restart of the machine emptied the memory', async () => {
  rmSync(folder, { recursive: true });
  await removeTestFolder(varDir);
  await expect(makeTestFolder(varDir)).resolves.toBeDefined();
});
