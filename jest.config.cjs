// Nest 12 is ESM only; Jest loads it through require(esm), which needs Node 24 and --experimental-vm-modules
// (see docs/decisions/0002). Our own sources are turned into CommonJS by swc for the tests only.
/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true
        },
        module: { type: 'commonjs' }
      }
    ]
  },
  moduleNameMapper: {
    '^#([a-z-]+)/plain$': '<rootDir>/libs/$1/src/plain.ts',
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1'
  },
  globalSetup: '<rootDir>/test/global-setup.cjs',
  globalTeardown: '<rootDir>/test/global-teardown.cjs',
  maxWorkers: 2,
  testTimeout: 30000
}
