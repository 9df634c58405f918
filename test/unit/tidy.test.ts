// Checks rules of the repository that no other tool checks, or that would silently end if a lint rule is
// switched off. Each rule first sees a file that breaks it. So a rule that finds nothing at all fails.
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { settings } from '../../src/config/config.ts';
import { importsOf } from '../tidy/imports.ts';
import { nodesOf, readSourceFiles, type SourceFile } from '../tidy/sourceFiles.ts';

const linesMax = 300;
/** The formatter's line width. The formatter itself does not wrap comments. */
const columnsMax = 110;

/** Settings that only src/config reads, because other settings follow from them. */
const settingsUnused: readonly string[] = [];

interface Rule {
  readonly name: string;
  readonly covers: RegExp;
  /** The places in this file that break the rule, each in a few words. */
  readonly find: (file: SourceFile) => readonly string[];
  readonly broken: SourceFile;
}

const code = /\.(tsx?|js|mjs)$/;
const product = /^(src|server|worker|cli)\/.*\.ts$/;
const tests = /^test\/.*\.ts$/;
const everything = /./;

// The forbidden texts are written in pieces, so that this file does not contain them.
const inPieces = (texts: string) => texts.split(', ').map((text) => text.replace(' ', ''));
const [replacing = ''] = inPieces('vi.mo ck(');
const leftovers = inPieces('TO DO, FIX ME, X XX');
const registries = inPieces(
  'npm js., yarn pkg., jsr .io, py pi.org, python hosted., maven .org, maven .apache.org/maven2, sona type., ' +
    'docker .io, docker .elastic, gh cr.io, g cr.io, qu ay.io, mcr.micro soft, proxy.go lang, crates .io, ' +
    'artifacts .elastic, temporal .download',
);

const namesForbidden = 'service|manager|helper|util|common|base|impl|data|info'.split('|');

/**
 * The names that a query text may include. They are constant lists of columns, or constant conditions on
 * parameters, and never hold a caller's input.
 */
const queryParts = [
  // Names of tables of the ledger, and positions. No input reaches them.
  ...['wallPolicy', 'ledgerTable', 'ledgerPart', 'madeLedger', 'rebuiltLedger', 'ledgerStart', 'ledgerEnd'],
  ...['columns', 'tracedColumns', 'recordColumns', 'matches', 'newWallets', 'updateWallets', 'insertWallets'],
  ...[
    'cachedWallets',
    'cachedWalletsWithState',
    'movedColumns',
    'stateColumns',
    'isAsLoaded',
    'attachedSegments',
    'isAsCached',
    'xidColumn',
  ],
  ...[
    'newStates',
    'holdColumns',
    'detailsColumns',
    'reversalColumns',
    'usageColumns',
    'usageOfWallet',
    'repairedState',
    'openHoldsOf',
    'holdJson',
    'reversalJson',
    'overdueHoldS',
    'holdIsDue',
    'dueMinor',
    ...['wholeJson', 'stateWords', 'wholeWords', 'eventWords'],
    ...['openingJson', 'openingColumnJson', 'archivedThrough'],
    // Of moved cursors of webhooks, which two statements share.
    ...['moved', 'moves', 'unmoved'],
    ...['sumKeys', 'keysOfPosting', 'sumsThrough', 'beginsAfter', 'addToSums'],
  ],
];
const queryStart =
  /^\s*(?:select|insert into|update \w+ set|delete from|with \w+ as|truncate|(?:create|alter|drop) (?:table|index|schema|database|role|type)|copy \w+ (?:from|to)) /i;

const rules: readonly Rule[] = [
  {
    name: `a source file has at most ${linesMax} lines`,
    // Generated files may be longer, because nobody writes them. A migration is applied as one file.
    covers:
      /^(?!src\/client\/generatedTypes\.ts$|src\/eventStore\/schema\.sql$|src\/eventStore\/migrations\/)(src|server|worker|stack|cli|console|harness)\/.*\.\w+$/,
    find: ({ text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines > linesMax ? [`${lines} lines`] : [];
    },
    broken: { path: 'src/long.ts', text: 'export {};\n'.repeat(linesMax + 1) },
  },
  {
    name: `a comment has at most ${columnsMax} columns`,
    covers: /^(?!src\/client\/generatedTypes\.ts$).*\.(tsx?|mjs|sql)$/,
    find: ({ text }) =>
      text.split('\n').filter((line) => line.length > columnsMax && /^\s*(\/\/|--|\*|\/\*)/.test(line)),
    broken: { path: 'src/a.ts', text: `// ${'word '.repeat(columnsMax)}` },
  },
  {
    name: 'a file is named by what it is about, not by a word that fits all of them',
    covers: code,
    find: ({ path: file }) => {
      const words = path.basename(file).split(/[.\-_]|(?=[A-Z])/);
      return words.filter((word) => namesForbidden.includes(word.toLowerCase().replace(/s$/, '')));
    },
    broken: { path: 'src/api/requestHelpers.ts', text: '' },
  },
  {
    name: 'the product logs and never prints',
    covers: /^src\//,
    find: (file) => accesses(file, ['console.log']),
    broken: { path: 'src/a.ts', text: 'console.log(1)' },
  },
  {
    name: 'domain and workflows take time and chance from outside',
    // A workflow has its own clock. Only one file may read it.
    covers: /^src\/(domain|workflows)\/(?!recovery\/workflowTime\.ts$)/,
    find: (file) => [
      ...accesses(file, ['Math.random', 'Date.now', 'performance.now', 'crypto.randomUUID']),
      ...nodesOf(file)
        .filter(ts.isNewExpression)
        .filter(({ expression, arguments: given }) => expression.getText() === 'Date' && !given?.length)
        .map((node) => node.getText()),
    ],
    broken: { path: 'src/domain/a.ts', text: 'new Date()' },
  },
  {
    name: 'everything is exported by its name',
    // The SDK runs the default export of the workflows for types that it does not find.
    covers: /^(?!.*\.config\.(ts|js)$|src\/workflows\/index\.ts$).*\.(tsx?|js|mjs)$/,
    find: (file) =>
      // Few files have this word. The others are not parsed, because parsing every file takes seconds.
      file.text.includes('default')
        ? nodesOf(file)
            .filter(isDefaultExport)
            .map((node) => node.getText())
        : [],
    broken: { path: 'src/a.ts', text: 'export default function f() {}' },
  },
  {
    name: 'nothing is left to be done later',
    covers: everything,
    find: ({ text }) => leftovers.filter((word) => new RegExp(`\\b${word}\\b`).test(text)),
    broken: { path: 'README.md', text: leftovers.join(' ') },
  },
  {
    name: 'no test is run alone, and one that is skipped says why in a comment',
    covers: tests,
    find: (file) =>
      nodesOf(file)
        .filter(ts.isPropertyAccessExpression)
        .filter((node) => /^(it|test|describe)\.(\w+\.)*(only|skip)$/.test(node.getText()))
        .filter((node) => node.name.text === 'only' || !hasComment(node))
        .map((node) => node.getText()),
    broken: { path: 'test/a.test.ts', text: "it.skip('works', () => {});" },
  },
  {
    name: 'workflows run nothing but themselves, the registry and the Temporal SDK made for them',
    covers: /^src\/workflows\//,
    find: (file) =>
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ of }) => of)
        .filter(
          (of) =>
            !/^(src\/workflows\/|src\/projections\/registry.ts$|@temporalio\/(workflow|common)$)/.test(of),
        ),
    broken: { path: 'src/workflows/a.ts', text: "import { readFile } from 'node:fs/promises';" },
  },
  {
    name: 'the domain is built on nothing',
    covers: /^src\/domain\//,
    find: (file) =>
      importsOf(file)
        .map(({ of }) => of)
        .filter((of) => !of.startsWith('src/')),
    broken: { path: 'src/domain/a.ts', text: "import { hash } from 'node:crypto';" },
  },
  {
    name: 'the executable specification runs nothing but itself',
    // If the model used code of the service, it could not find an error in that code.
    covers: /^test\/support\/model(?:\.ts$|\/)/,
    find: (file) =>
      importsOf(file)
        .filter(({ typeOnly, of }) => !typeOnly && !of.startsWith('test/support/model/'))
        .map(({ of }) => of),
    broken: { path: 'test/support/model.ts', text: "import { evolve } from '../../src/domain/wallet.ts';" },
  },
  {
    name: 'a test file that replaces a module loads its modules itself, and leaves none',
    // Other files share its process. They have loaded the true module before, and need it after.
    covers: /^test\/.*\.test\.ts$/,
    find: ({ text }) =>
      text.includes(replacing) && text.split('vi.resetModules()').length < 3 ? ['replaces a module'] : [],
    broken: { path: 'test/unit/a.test.ts', text: `${replacing}'node:dns'); vi.resetModules();` },
  },
  {
    name: 'no host name of a package registry stands anywhere',
    covers: everything,
    find: ({ text }) => registries.filter((host) => text.includes(host)),
    broken: { path: 'README.md', text: `https://registry.${registries[0] ?? ''}org` },
  },
  {
    name: 'values reach a query as parameters, never as text',
    covers: product,
    find: (file) => [
      ...nodesOf(file)
        .filter(ts.isTemplateExpression)
        .filter(({ head }) => queryStart.test(`${head.text} `))
        .flatMap(({ templateSpans }) => templateSpans.map(({ expression }) => expression.getText()))
        .filter((part) => !queryParts.includes(part)),
      ...nodesOf(file)
        .filter(ts.isBinaryExpression)
        .filter(({ left }) => ts.isStringLiteralLike(left) && queryStart.test(left.text))
        .map((node) => node.getText()),
    ],
    broken: { path: 'src/a.ts', text: 'query(`select id from wallets where id = ${id}`)' },
  },
];

function isDefaultExport(node: ts.Node): boolean {
  return (
    ts.isExportAssignment(node) ||
    node.kind === ts.SyntaxKind.DefaultKeyword ||
    (ts.isExportSpecifier(node) && node.name.text === 'default')
  );
}

function accesses(file: SourceFile, forbidden: readonly string[]): string[] {
  if (!forbidden.some((access) => file.text.includes(access))) return [];
  return nodesOf(file)
    .filter(ts.isPropertyAccessExpression)
    .map((node) => node.getText())
    .filter((access) => forbidden.includes(access));
}

function hasComment(node: ts.Node): boolean {
  const statement = ts.findAncestor(node, ts.isStatement);
  const text = node.getSourceFile().text;
  return statement !== undefined && ts.getLeadingCommentRanges(text, statement.getFullStart()) !== undefined;
}

const files = readSourceFiles();

it('reads the files of this repository', () => {
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(['src/config/config.ts', 'package.json']),
  );
});

it.each(rules)('$name', ({ covers, find, broken }) => {
  expect(covers.test(broken.path) ? find(broken) : [], 'what the broken file is found out by').not.toEqual(
    [],
  );
  const found = files
    .filter((file) => covers.test(file.path))
    .flatMap((file) => find(file).map((what) => `${file.path}: ${what}`));
  expect(found).toEqual([]);
});

it('every setting does something, or others follow from it', () => {
  const used = new Set(
    files
      .filter((file) => product.test(file.path) && !file.path.startsWith('src/config/'))
      .flatMap((file) => nodesOf(file).filter(ts.isIdentifier))
      .map((identifier) => identifier.text),
  );
  expect(Object.keys(settings).filter((name) => !used.has(name))).toEqual(settingsUnused);
});
