// How StrykerJS mutates one room: https://stryker-mutator.io/docs/stryker-js/configuration
import { LEAST_KILLED, ROOMS } from './rooms.js';

const FOLDER = 'coverage/mutation';

/** @param fresh whether mutants that were killed before are tried again. */
export const optionsFor = (room, { fresh }) => ({
  mutate: [ROOMS[room]],
  plugins: ['@stryker-mutator/jest-runner', './test/mutation/ignored-texts.js'],
  ignorers: ['texts'],
  buildCommand: 'node test/mutation/bundle.js',
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // Two processes, each started anew before what it has loaded fills its memory.
  concurrency: 2,
  maxTestRunnerReuse: 100,
  // For mutants that compute for ever. Generous, as on a busy machine the tests may take many times as long as at first.
  timeoutMS: 60_000,
  timeoutFactor: 10,
  disableTypeChecks: false,
  incremental: true,
  incrementalFile: `${FOLDER}/${room}.incremental.json`,
  force: fresh,
  // What is copied to be mutated, and nothing else.
  ignorePatterns: ['*', '!src', '!src/**', '!test', '!test/**', '!jest.shared.js', '!package.json'],
  tempDirName: `${FOLDER}/sandboxes`,
  cleanTempDir: 'always',
  reporters: ['clear-text', 'progress-append-only', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
  htmlReporter: { fileName: `${FOLDER}/${room}.html` },
  thresholds: { high: 100, low: LEAST_KILLED, break: null },
});
