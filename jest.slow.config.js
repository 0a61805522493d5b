// What is slow for a reason: large demos, kills, the fault table in small, packaging.
import { run, shared } from './jest.shared.js';

/** @type {import('jest').Config} */
export default {
  ...run,
  ...shared,
  roots: ['<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['**/*.slow.spec.ts'],
  // They work for long where the machine is slow or shared.
  testTimeout: 300_000,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/engines/'],
};
