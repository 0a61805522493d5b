// How a mutant is judged: by the bundle that bundle.js made of the tests.
/** @type {import('jest').Config} */
export default {
  rootDir: `${import.meta.dirname}/../..`,
  roots: ['<rootDir>/coverage/mutation/bundle'],
  testMatch: ['**/*.spec.cjs'],
  testEnvironment: `${import.meta.dirname}/first-failure.environment.cjs`,
  transform: {},
  // On simulated time no test takes a second: what hangs is a mutant.
  testTimeout: 4000,
};
