// How a mutant is judged: by the bundle that bundle.js made of the tests.
/** @type {import('jest').Config} */
export default {
  rootDir: `${import.meta.dirname}/../..`,
  roots: ['<rootDir>/coverage/mutation/bundle'],
  testMatch: ['**/*.spec.cjs'],
  testEnvironment: `${import.meta.dirname}/judging.environment.cjs`,
  transform: {},
  // The environment ends tests that hang. This is for a machine that is busy.
  testTimeout: 120_000,
};
