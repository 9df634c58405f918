// Reads the imports of a source file, and finds circles among the imports of many files.
import path from 'node:path';
import type { SourceFile } from './sourceFiles.ts';

export interface Import {
  /** A package's name, or a path from the root if the file is ours. */
  readonly of: string;
  /** Nothing of it is there at run time. */
  readonly typeOnly: boolean;
}

// Prettier writes a statement's first word at the beginning of its line. A syntax tree would say the same in
// five times the time.
const statements = /^(?:import|export)(\s+type)?\b(?:[^;'"=]*?\bfrom)?\s*'([^']+)'/gm;
const expressions = /\bimport\(\s*'([^']+)'\s*\)/g;

export function importsOf({ path: importer, text }: SourceFile): readonly Import[] {
  const nameOf = (specifier: string) =>
    specifier.startsWith('.') ? path.posix.join(path.posix.dirname(importer), specifier) : specifier;
  return [
    ...[...text.matchAll(statements)].map(([, type, specifier = '']) => ({
      of: nameOf(specifier),
      typeOnly: type !== undefined,
    })),
    // In front of a member it is a type, as in `import('./a.ts').A`.
    ...[...text.matchAll(expressions)].map(({ 0: whole, 1: specifier = '', index }) => ({
      of: nameOf(specifier),
      typeOnly: text[index + whole.length] === '.' && !/\bawait\s+\(?$/.test(text.slice(0, index)),
    })),
  ];
}

/**
 * One circle for each file from which imports lead back to it, types included; a circle is told once, as its
 * files in order of import. Each file and each import is visited at most once.
 */
export function circlesIn(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file).map(({ of }) => of)]));
  const done = new Set<string>();
  const trail: string[] = [];
  const circles: string[] = [];
  const visit = (file: string) => {
    const startsAt = trail.indexOf(file);
    if (startsAt >= 0) circles.push([...trail.slice(startsAt), file].join(' → '));
    if (startsAt >= 0 || done.has(file)) return;
    trail.push(file);
    for (const imported of imports.get(file) ?? []) visit(imported);
    trail.pop();
    done.add(file);
  };
  for (const { path: file } of files) visit(file);
  return circles;
}
