// The repository's own files and their syntax trees, for the tests that hold its rules. Read once in each
// test file.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const root = path.resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file of the repository that is not made by a tool. */
export function readSourceFiles(): readonly SourceFile[] {
  return sourcePaths().map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** The files that git tracks; without git, every file outside of the folders that tools fill. */
function sourcePaths(): string[] {
  const tracked = trackedPaths();
  if (tracked.length > 0) return tracked.filter((file) => existsSync(path.join(root, file)));
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/^(node_modules|var|coverage|\.git)\//.test(file));
}

function trackedPaths(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return listed.split('\0').filter((file) => file !== '');
  } catch {
    // There is no git, or this is an unpacked archive.
    return [];
  }
}

const parsed = new WeakMap<SourceFile, readonly ts.Node[]>();

/** Every node of the file's syntax tree. */
export function nodesOf(file: SourceFile): readonly ts.Node[] {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node) => {
    nodes.push(node);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true));
  parsed.set(file, nodes);
  return nodes;
}
