import tseslint from 'typescript-eslint'

// The time and identifiers are injected, so that tests and the sandbox can move them.
const injected = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Inject Clock instead.' },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Inject Clock instead.'
  },
  { selector: "CallExpression[callee.name='randomUUID']", message: 'Inject Ids instead.' }
]

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '**/*.cjs', '.goniec/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      'no-restricted-syntax': ['error', ...injected],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      // asks for type arguments where the driver's answer is `any` and an assertion says what the SQL gives
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off'
    }
  },
  {
    files: [
      'libs/platform/**',
      'apps/launcher/**',
      'apps/sandbox/src/world/**',
      'test/**',
      'bench/**',
      '**/*.spec.ts',
      '**/test/**'
    ],
    rules: { 'no-restricted-syntax': 'off' }
  },
  {
    // programs that talk to a person at a terminal
    files: [
      'apps/launcher/**',
      'apps/gateway/src/admin.ts',
      'apps/*/src/main.ts',
      'bench/**',
      'test/**',
      '**/*.spec.ts'
    ],
    rules: { 'no-console': 'off' }
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] }
)
