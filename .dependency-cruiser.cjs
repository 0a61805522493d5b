// The import rule of the architecture: downwards, no feature imports another, no cycles.
// Each layer lists what it may import of src besides itself. `npm run lint` fails on anything else;
// test/house/layers.slow.spec.ts shows that it does.

const FEATURES = [
  'sessions',
  'registry',
  'storage',
  'commands',
  'bundles',
  'query',
  'transform',
  'schemas',
].map((feature) => `features/${feature}`);

const ERRORS = 'transport/errors';
const IDEMPOTENCY = 'transport/idempotency';
const CONFIG = 'platform/config';
const PERSISTENCE = 'platform/persistence';
const OUTBOX = 'platform/outbox';
const HTTP = 'platform/http';
const CLI = 'platform/cli';
const TELEMETRY = 'platform/telemetry';
const HEALTH = 'platform/health';
const SHARED = [
  CONFIG,
  'aws',
  'transport',
  'protocol',
  PERSISTENCE,
  OUTBOX,
  'messaging',
  TELEMETRY,
  CLI,
];

/** What every layer may use: a few functions that import nothing of src themselves. */
const COMMON = 'common';

const MAY_IMPORT = {
  [COMMON]: [],
  [CONFIG]: [],
  aws: [CONFIG],
  transport: ['aws'],
  protocol: [ERRORS],
  [PERSISTENCE]: [CONFIG, ERRORS, IDEMPOTENCY],
  [OUTBOX]: [CONFIG, 'aws', 'transport', 'protocol', PERSISTENCE],
  'platform/embedded': [CONFIG, 'aws', ERRORS],
  testing: ['transport', 'aws', 'platform/embedded'],
  [CLI]: [CONFIG, 'aws'],
  messaging: [CLI, CONFIG, 'aws', 'transport', 'protocol', PERSISTENCE, OUTBOX],
  [TELEMETRY]: [CONFIG, 'transport', 'messaging', PERSISTENCE, OUTBOX],
  [HEALTH]: [CONFIG, 'aws', 'transport', 'messaging', PERSISTENCE, OUTBOX, HTTP],
  [HTTP]: [CONFIG, 'transport', 'protocol', 'messaging', PERSISTENCE, TELEMETRY],
  ...Object.fromEntries(FEATURES.map((feature) => [feature, [...SHARED, HTTP, HEALTH]])),
};

/** The rooms a message passes in `src/transport/server`, and which of the others each may know. */
const SERVER_ROOMS = {
  leases: [],
  polling: ['leases'],
  dispatching: ['leases'],
  settling: ['leases'],
  handling: ['leases', 'settling'],
  broadcast: [],
};

const serverRooms = Object.entries(SERVER_ROOMS).map(([room, allowed]) => ({
  name: `${room}-imports-downwards`,
  comment: `src/transport/server/${room} may import ${allowed.join(', ') || 'none'} of the rooms beside it.`,
  severity: 'error',
  from: { path: `^src/transport/server/${room}/` },
  to: {
    path: `^src/transport/(server|lambda|sns-http)/`,
    pathNot: `^src/transport/server/(${[room, ...allowed].join('|')})`,
  },
}));

/** Folders of the transport that know no client of AWS, types included. */
const SPEAK_TO_THE_PORT = [
  'server',
  'client',
  'sender',
  'topology',
  'process-queue',
  'call-batching',
];

const layers = Object.entries(MAY_IMPORT).map(([layer, allowed]) => ({
  name: `${layer.replace(/^.*\//, '')}-imports-downwards`,
  comment: `src/${layer} may import ${[COMMON, ...allowed].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: `^src/(${[layer, COMMON, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    ...serverRooms,
    {
      name: 'server-knows-no-lambda',
      comment:
        'Lambda and SNS over HTTP hand the server makers of queues (server/consumed.queue.ts).',
      severity: 'error',
      from: { path: '^src/transport/server/' },
      to: { path: '^src/transport/(lambda|sns-http)/' },
    },
    {
      name: 'no-test-kit-in-production',
      comment: 'The kit for tests is for tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'every-folder-has-a-layer',
      comment: 'A new folder under src is given its place in .dependency-cruiser.cjs first.',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: `^src/(${[...Object.keys(MAY_IMPORT), 'app', 'demo'].join('|')})/`,
      },
      to: {},
    },
    {
      name: 'no-circular',
      comment:
        'With ES modules and decorator metadata a cycle crashes at start. Of types alone it says that two files are one: what both need belongs below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'one-port-to-the-broker',
      comment:
        'Receiving, sending and the topology speak to src/transport/broker, whose drivers speak to AWS.',
      severity: 'error',
      from: { path: `^src/transport/(${SPEAK_TO_THE_PORT.join('|')})/` },
      to: { path: '@aws-sdk/|^src/transport/broker/(aws|memory)/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'What is published imports no tests and no benchmarks.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples)/' },
    },
    {
      name: 'no-dev-dependency-in-src',
      comment: 'A development dependency is missing where Weft is installed.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'resolvable',
      comment: 'Imports something that is not there.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
};
