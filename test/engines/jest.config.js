// One project an engine, each with the suites it can carry; the launcher says which engines run, and where.
import base from '../../jest.config.js';

const addresses = JSON.parse(process.env.WEFT_ENGINES ?? '{}');
const { testTimeout: _quick, testPathIgnorePatterns: _engines, ...shared } = base;

const SUITES = {
  embedded: ['conformance', 'tables', 'dbt', 'strands'],
  localstack: ['conformance'],
  elasticmq: ['conformance'],
  moto: ['conformance', 'tables', 'powertools', 'athena'],
  'dynamodb-local': ['tables', 'powertools'],
  'mongo-java-server': ['documents'],
};

const project = (displayName, folders, engine) => ({
  ...shared,
  displayName,
  rootDir: new URL('../..', import.meta.url).pathname,
  roots: folders.map((folder) => `<rootDir>/test/engines/${folder}`),
  globals: { weftEngine: { name: engine, addresses } },
});

const own = Object.keys(addresses).filter((name) => SUITES[name].length > 0);
const both = 'localstack' in addresses && 'mongo-java-server' in addresses;

export default {
  projects: [
    ...own.map((name) => project(name, SUITES[name], name)),
    ...(both
      ? [project('localstack + mongo-java-server', ['service', 'python'], 'localstack')]
      : []),
  ],
  testTimeout: 60_000,
  // Tests wait for leases and long polls more than they compute.
  maxWorkers: 3,
  reporters: ['default', new URL('report/reporter.js', import.meta.url).pathname],
};
