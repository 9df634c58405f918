// The rules that a linter can hold. test/unit/tidy.test.ts holds the others, and test/unit/folders.test.ts
// says which folder may import which.
import eslint from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

const functionLinesMax = 70;
/** Files with a longer function, how long it may be, and why it is not split. */
const longFunctions = [
  {
    file: 'src/projections/ledger/rebuild/rowWriter.ts',
    linesMax: 80,
    why: 'the hot loop of the rebuild over one buffer',
  },
  { file: 'stack/supervisor.ts', linesMax: 90, why: 'its inner functions share the running processes' },
];

function functionLines(max) {
  return { 'max-lines-per-function': ['error', { max, skipBlankLines: true, skipComments: true }] };
}

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'var/',
      'coverage/',
      'src/client/generatedTypes.ts',
      'test/generators/programs/',
    ],
  },
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
      // A default says that the author thought of the rest.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
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
      ],
      // It would turn `as T` into `!`, which the strict rules forbid.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.{ts,tsx,mjs}'], rules: functionLines(functionLinesMax) },
  ...longFunctions.map(({ file, linesMax }) => ({ files: [file], rules: functionLines(linesMax) })),
  {
    files: ['cli/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: "the clock of the operator's computer may be wrong" },
      ],
    },
  },
  {
    // One short request must not cost the time of many. These are the programs that read foreign text.
    files: ['{src,server,worker,cli,console}/**/*.{ts,tsx}'],
    plugins: { regexp },
    rules: { 'regexp/no-super-linear-backtracking': 'error', 'regexp/no-super-linear-move': 'error' },
  },
  // A group of tests is one function, however many tests it holds.
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['stack/bootstrap.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
