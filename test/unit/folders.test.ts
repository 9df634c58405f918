// Compares every import and ARCHITECTURE's table of folders with test/tidy/folders.ts. Each rule first sees
// an import that breaks it.
import { describe, expect, it } from 'vitest';
import { folderOf, folders, folderTable, isIn, mayImport, withFolderTable } from '../tidy/folders.ts';
import { circlesIn, importsOf } from '../tidy/imports.ts';
import { readSourceFiles, type SourceFile } from '../tidy/sourceFiles.ts';

const files = readSourceFiles();
const sources = files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path));

/** The imports of this file that its folder does not allow. */
function forbiddenImports(file: SourceFile): readonly string[] {
  const folder = folderOf(file.path);
  return importsOf(file)
    .filter(({ of, typeOnly }) => {
      const isOurs = folderOf(of) !== undefined;
      return isOurs && folder !== undefined && !mayImport(folder, of, typeOnly);
    })
    .map(({ of, typeOnly }) => `${file.path} imports ${typeOnly ? 'types of ' : ''}${of}`);
}

/** A file that imports the given files. */
const imports = (path: string, ...imported: string[]): SourceFile => ({
  path,
  text: imported.map((one) => `import type { A } from './${one}.ts';`).join('\n'),
});

describe('a folder imports only what test/tidy/folders.ts allows', () => {
  it.each([
    ['src/domain/a.ts', "import type { X } from '../eventStore/x.ts';"],
    ['src/workflows/a.ts', "import { x } from '../activities/x.ts';"],
    ['src/api/a.ts', "import { x } from '../workflows/drain.ts';"],
    ['src/locks/a.ts', "const x = await import('../commands/x.ts');"],
    ['src/client/a.ts', "export { x } from '../domain/x.ts';"],
    ['src/eventStore/read/a.ts', "let x: import('../../projections/x.ts').X;"],
    ['console/a.tsx', "import { x } from '../src/api/x.ts';"],
    ['cli/a.ts', "import { x } from '../server/x.ts';"],
    ['server/a.ts', "import { x } from '../worker/x.ts';"],
  ])('%s breaks it with %s', (path, text) => {
    expect(forbiddenImports({ path, text })).toHaveLength(1);
  });

  it('no file breaks it', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([]);
  });

  it('every file with code is in one of the folders', () => {
    const outside = sources.filter(({ path }) => path.includes('/') && folderOf(path) === undefined);
    expect(outside.map(({ path }) => path)).toEqual([]);
    expect(folders.filter((folder) => !files.some(({ path }) => isIn(path, folder.path)))).toEqual([]);
  });
});

describe('imports never lead in a circle, types included', () => {
  it('two, three or one file would break it', () => {
    expect(circlesIn([imports('src/a.ts', 'b'), imports('src/b.ts', 'a')])).toEqual([
      'src/a.ts → src/b.ts → src/a.ts',
    ]);
    const three = [imports('src/a.ts', 'b'), imports('src/b.ts', 'c', 'd'), imports('src/c.ts', 'b')];
    expect(circlesIn(three)).toEqual(['src/b.ts → src/c.ts → src/b.ts']);
    expect(circlesIn([imports('src/a.ts', 'a')])).toEqual(['src/a.ts → src/a.ts']);
  });

  it('two ways to one file do not break it', () => {
    const diamond = [imports('src/a.ts', 'b', 'c'), imports('src/b.ts', 'd'), imports('src/c.ts', 'd')];
    expect(circlesIn(diamond)).toEqual([]);
  });

  it('no file breaks it', () => {
    expect(circlesIn(sources)).toEqual([]);
  });
});

describe("ARCHITECTURE's table of folders", () => {
  const architecture = files.find(({ path }) => path === 'ARCHITECTURE.md')?.text ?? '';

  it('is the one of test/tidy/folders.ts: npm run folders:write', () => {
    expect(architecture.split(folderTable())).toHaveLength(2);
  });

  it('is replaced whole, and nothing else of the page', () => {
    const page = `# A\n\n| folder | what it owns | may import |\n|---|---|---|\n| old | row | – |\n\nEnd\n`;
    expect(withFolderTable(page)).toBe(`# A\n\n${folderTable()}\n\nEnd\n`);
    expect(() => withFolderTable('# A')).toThrow('no line of the page is');
  });
});
