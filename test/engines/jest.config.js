// One project an engine, each with the suites it can carry; the launcher says which engines run, and where.
import { shared } from '../../jest.shared.js';

const addresses = JSON.parse(process.env.WEFT_ENGINES ?? '{}');
const SUITES = {
  memory: ['conformance'],
  embedded: ['conformance', 'tables', 'dbt', 'strands', 'openlineage'],
  localstack: ['conformance'],
  elasticmq: ['conformance'],
  moto: ['conformance', 'tables', 'powertools', 'athena'],
  'dynamodb-local': ['tables', 'powertools'],
  'mongo-java-server': ['documents'],
  nats: ['nest-suite'],
  rabbitmq: ['nest-suite'],
  // Where LocalStack has its tables, and the service its documents.
  trino: [],
};

const project = (displayName, folders, engine) => ({
  ...shared,
  displayName,
  roots: folders.map((folder) => `<rootDir>/test/engines/${folder}`),
  globals: { weftEngine: { name: engine, addresses } },
  setupFilesAfterEnv: [new URL('retry.js', import.meta.url).pathname],
});

const own = Object.keys(addresses).filter((name) => SUITES[name].length > 0);
const run = (...names) => names.every((name) => name in addresses);

export default {
  projects: [
    ...own.map((name) => project(name, SUITES[name], name)),
    ...(run('localstack', 'mongo-java-server')
      ? [project('localstack + mongo-java-server', ['service', 'python'], 'localstack')]
      : []),
    ...(run('localstack', 'mongo-java-server', 'trino')
      ? [project('trino', ['trino'], 'localstack')]
      : []),
  ],
  testTimeout: 180_000,
  // Tests wait for leases and long polls more than they compute.
  maxWorkers: 3,
  reporters: ['default', new URL('report/reporter.js', import.meta.url).pathname],
};
