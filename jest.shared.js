// What every project of tests has in common.
import { LOADED_ONCE, LOADED_PER_FILE } from './test/support/jest-load-once.js';

/** How our sources are compiled, here and wherever a process runs them (test/support/ts-hooks.js). */
export const swcOptions = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

/** @type {import('jest').Config} */
export const shared = {
  testEnvironment: '<rootDir>/test/support/jest-environment.js',
  rootDir: import.meta.dirname,
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // In the order in which they are tried: most imports are of the sources.
  moduleFileExtensions: ['ts', 'js', 'json', 'mjs', 'cjs', 'node'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The products by their own names, as the examples import them (test/support/own-names.js).
    '^nestjs-sns-sqs$': '<rootDir>/src/transport/index.ts',
    '^nestjs-sns-sqs/(codec|idempotency|lambda|pubsub|signatures|sns-http)$':
      '<rootDir>/src/transport/$1/index.ts',
    '^nestjs-sns-sqs/topology$': '<rootDir>/src/transport/topology/public/index.ts',
    '^nestjs-sns-sqs/(aws|testing)$': '<rootDir>/src/$1/index.ts',
    '^weft/(event-bus|tasks)$': '<rootDir>/src/messaging/$1/index.ts',
    '^weft/(outbox|persistence)$': '<rootDir>/src/platform/$1/index.ts',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', swcOptions],
    [LOADED_ONCE]: '<rootDir>/test/support/jest-load-once.js',
  },
  transformIgnorePatterns: [LOADED_PER_FILE],
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/jest-realm.js'],
  coverageProvider: 'v8',
};

/** What holds for a run of jest as a whole, whatever its projects. */
export const run = {
  // The bound of a test that hangs. None takes a tenth of it on a quiet machine: what it must not do is fail a test
  // because others starve it, or because its processes stood still for seconds.
  testTimeout: 120_000,
  // Two at a time, each begun anew before what ES modules leave behind fills its memory.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
