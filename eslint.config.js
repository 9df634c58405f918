// The rules that a linter can hold. test/unit/tidy.test.ts holds the others, and test/unit/folders.test.ts says which
// folder may import which.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const functionLinesMax = 70;
/** Files with a longer function, how long it may be, and why it is not split. */
const longFunctions = [
  { file: 'cli/recoverySubcommands.ts', linesMax: 83, why: 'addRecoveryCommands is to be split' },
  { file: 'cli/walletSubcommands.ts', linesMax: 97, why: 'addReads is to be split' },
  { file: 'console/app.tsx', linesMax: 78, why: 'App is to be split' },
  { file: 'console/confirmDialog.tsx', linesMax: 80, why: 'ConfirmDialog is to be split' },
  { file: 'console/walletPage.tsx', linesMax: 78, why: 'WalletPage is to be split' },
  { file: 'harness/proxy.ts', linesMax: 153, why: 'startFaultProxy is to be split' },
  { file: 'server/main.ts', linesMax: 127, why: 'main is to be split' },
  {
    file: 'src/activities/readModelRecovery.ts',
    linesMax: 88,
    why: 'createReadModelRecoveryActivities is to be split',
  },
  {
    file: 'src/projections/ledger/rebuild/rowWriter.ts',
    linesMax: 74,
    why: 'createRowWriter is to be split',
  },
  { file: 'src/projections/verify/compareIndex.ts', linesMax: 124, why: 'compareIndex is to be split' },
  { file: 'src/telemetry/apiMetrics.ts', linesMax: 113, why: 'createApiMetrics is to be split' },
  { file: 'src/telemetry/openTelemetry.ts', linesMax: 99, why: 'createTraces is to be split' },
  { file: 'src/temporal/recoveries.ts', linesMax: 93, why: 'createRecoveries is to be split' },
  { file: 'src/workflows/recovery/runRecovery.ts', linesMax: 80, why: 'runRecovery is to be split' },
  { file: 'stack/supervisor.ts', linesMax: 85, why: 'createSupervisor is to be split' },
  { file: 'test/faults/bulkFaults.ts', linesMax: 97, why: 'startBulkFaults is to be split' },
  { file: 'test/faults/faultEnvironment.ts', linesMax: 99, why: 'startStand is to be split' },
  { file: 'test/faults/report.ts', linesMax: 110, why: 'report is to be split' },
  { file: 'test/faults/restartableProcess.ts', linesMax: 106, why: 'createSystemProcess is to be split' },
  { file: 'test/support/api.ts', linesMax: 83, why: 'createTestApi is to be split' },
  { file: 'worker/main.ts', linesMax: 78, why: 'main is to be split' },
];

function functionLines(max) {
  return { 'max-lines-per-function': ['error', { max, skipBlankLines: true, skipComments: true }] };
}

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
      ],
      // It would turn `as T` into `!`, which the strict rules forbid.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.{ts,tsx,mjs}'], rules: functionLines(functionLinesMax) },
  ...longFunctions.map(({ file, linesMax }) => ({ files: [file], rules: functionLines(linesMax) })),
  // A group of tests is one function, however many tests it holds.
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['stack/bootstrap.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
