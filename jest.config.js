/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['**/*.spec.ts'],
  // Engines are installed and started first: npm run test:engines. Slow for a reason: npm run test:slow.
  // What costs money runs where somebody asks for it: WEFT_LIVE_AWS=1 npm test -- test/live.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/engines/',
    '\\.slow\\.spec\\.ts$',
    ...(process.env.WEFT_LIVE_AWS === '1' ? [] : ['<rootDir>/test/live/']),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The products by their own names, as the examples import them (test/support/own-names.js).
    '^nestjs-sns-sqs$': '<rootDir>/src/transport/index.ts',
    '^nestjs-sns-sqs/(idempotency|lambda|pubsub)$': '<rootDir>/src/transport/$1/index.ts',
    '^nestjs-sns-sqs/topology$': '<rootDir>/src/transport/topology/export/index.ts',
    '^nestjs-sns-sqs/(aws|testing)$': '<rootDir>/src/$1/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/jest-realm.js'],
  setupFilesAfterEnv: ['<rootDir>/test/support/retry.js'],
  coverageProvider: 'v8',
  testTimeout: 20_000,
  // Two at a time, each begun anew before what ES modules leave behind fills its memory.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
