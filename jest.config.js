import { run, shared } from './jest.shared.js';

/** The promises of the transport, shown over what needs no installation; over engines by npm run test:engines. */
const conformance = (engine, ...left) => ({
  ...shared,
  displayName: engine,
  roots: ['<rootDir>/test/engines/conformance'],
  globals: { weftEngine: { name: engine, addresses: {} } },
  testPathIgnorePatterns: ['\\.slow\\.spec\\.ts$', ...left],
});

/** @type {import('jest').Config} */
export default {
  ...run,
  // Files of embedded queues wait more than they compute.
  maxWorkers: 4,
  projects: [
    {
      ...shared,
      displayName: 'tests',
      roots: ['<rootDir>/test', '<rootDir>/examples'],
      // Engines are installed and started first: npm run test:engines. Slow for a reason: npm run test:slow.
      // What costs money runs where somebody asks for it: WEFT_LIVE_AWS=1 npm test -- test/live.
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/engines/',
        '\\.slow\\.spec\\.ts$',
        ...(process.env.WEFT_LIVE_AWS === '1' ? [] : ['<rootDir>/test/live/']),
      ],
    },
    conformance('memory'),
    // Whole leases and bad networks take minutes by a real clock: npm run test:engines -- embedded has them.
    conformance('embedded', '(leases|outlasting)\\.spec\\.ts$'),
  ],
};
