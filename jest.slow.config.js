// What is slow for a reason: large demos, kills, the fault table in small, packaging.
import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['**/*.slow.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/engines/'],
};
