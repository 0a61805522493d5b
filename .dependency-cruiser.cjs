// The import rule of the architecture: downwards, no feature imports another, no cycles.
// Each layer lists what it may import of src besides itself. `npm run lint` fails on anything else;
// test/house/layers.spec.ts shows that it does.

const FEATURES = ['sessions', 'registry', 'storage', 'commands', 'query', 'transform', 'events'];

const ERRORS = 'transport/errors';
const IDEMPOTENCY = 'transport/idempotency';
const TESTING = 'transport/testing';
const SHARED = ['config', 'aws', 'transport', 'protocol', 'persistence', 'messaging', 'telemetry'];

const MAY_IMPORT = {
  config: [],
  aws: ['config'],
  transport: ['aws'],
  protocol: [ERRORS],
  persistence: ['config', ERRORS, IDEMPOTENCY],
  embedded: ['config', 'aws', ERRORS],
  messaging: ['config', 'aws', 'transport', 'protocol'],
  telemetry: ['config', 'transport', 'messaging', 'persistence'],
  health: ['config', 'aws', 'transport', 'messaging', 'persistence', 'http'],
  http: ['config', 'transport', 'protocol', 'messaging', 'persistence', 'telemetry'],
  ...Object.fromEntries(FEATURES.map((feature) => [feature, [...SHARED, 'http']])),
};

const layers = Object.entries(MAY_IMPORT).map(([layer, allowed]) => ({
  name: `${layer}-imports-downwards`,
  comment: `src/${layer} may import ${allowed.join(', ') || 'nothing else of src'}.`,
  severity: 'error',
  from: { path: `^src/${layer}/`, pathNot: `^src/${TESTING}/` },
  to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'transport-testing-stands-beside',
      comment:
        'The kit for tests starts the embedded stack, which the transport itself knows nothing of.',
      severity: 'error',
      from: { path: `^src/${TESTING}/` },
      to: { path: '^src/', pathNot: `^src/(transport|aws|embedded)/` },
    },
    {
      name: 'no-test-kit-in-production',
      comment: 'The kit for tests is for tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${TESTING}/` },
      to: { path: `^src/${TESTING}/` },
    },
    {
      name: 'every-folder-has-a-layer',
      comment: 'A new folder under src is given its place in .dependency-cruiser.cjs first.',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: `^src/(${[...Object.keys(MAY_IMPORT), 'demo'].join('|')})/`,
      },
      to: {},
    },
    {
      name: 'no-circular',
      comment: 'With ES modules and decorator metadata a cycle crashes at start.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
