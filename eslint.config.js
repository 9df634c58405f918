// Type-checked rules, and the directions in which folders may depend on each other: roots → api/activities →
// commands/projections → eventStore/locks → domain. Workflows see only @temporalio/workflow and types.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Forbids importing the given folders from `files`. */
function mayNotImport(files, folders, reason, more = []) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [...folders.map((folder) => ({ group: [`**/${folder}/**`], message: reason })), ...more],
        },
      ],
    },
  };
}

const outer = [
  'api',
  'activities',
  'workflows',
  'server',
  'worker',
  'stack',
  'cli',
  'harness',
  'test',
  'bench',
];
const noPackages = { regex: '^(node:|[a-z@])', message: 'the domain is pure: it imports nothing but itself' };

export default tseslint.config(
  { ignores: ['node_modules/', 'var/', 'coverage/', 'src/client/generatedTypes.ts'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'stack/bootstrap.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Numbers, bigints and booleans in messages are fine; objects aren't.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Loops that run until they return are how bounded polling reads best.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ClassDeclaration[superClass=null]',
          message: 'functions and plain data; classes only for errors',
        },
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
      ],
      // It would turn `as T` into `!`, which the strict rules forbid.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      eqeqeq: 'error',
    },
  },
  mayNotImport(
    ['src/domain/**'],
    [...outer, 'commands', 'projections', 'eventStore', 'locks', 'telemetry'],
    'the domain imports nothing',
    [noPackages],
  ),
  mayNotImport(
    ['src/eventStore/**', 'src/locks/**'],
    [...outer, 'commands', 'projections'],
    'dependencies point towards the domain',
  ),
  mayNotImport(['src/commands/**'], [...outer, 'projections'], 'dependencies point towards the domain'),
  mayNotImport(
    ['src/projections/**'],
    [...outer, 'commands', 'locks'],
    'dependencies point towards the domain',
  ),
  mayNotImport(
    ['src/api/**'],
    ['activities', 'server', 'worker', 'stack', 'cli', 'harness', 'test', 'bench'],
    'the API is wired in server/main.ts',
  ),
  mayNotImport(
    ['src/activities/**'],
    ['api', 'server', 'worker', 'stack', 'cli', 'harness', 'test', 'bench'],
    'activities are thin adapters',
  ),
  {
    files: ['src/workflows/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*'], message: 'workflows are deterministic' },
            {
              regex: '^(?!@temporalio/(workflow|common)$|\\./)',
              allowTypeImports: true,
              message: 'workflows import only @temporalio/workflow and types',
            },
          ],
        },
      ],
    },
  },
  { files: ['*.config.{js,ts}'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['stack/bootstrap.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
