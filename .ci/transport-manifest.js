/** Brought by the application: there must be one copy of each in a process. */
const PEERS = {
  '@nestjs/common': '^11.1.0 || ^12.0.0',
  '@nestjs/core': '^11.1.0 || ^12.0.0',
  '@nestjs/microservices': '^11.1.0 || ^12.0.0',
  '@opentelemetry/api': '^1.9.0',
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.8.0',
};

/** Loaded by what needs them: a checked payload, a payload bucket, a table, the embedded stack. */
const OPTIONAL_PEERS = {
  '@aws-sdk/client-dynamodb': '^3.900.0',
  '@aws-sdk/client-s3': '^3.900.0',
  'class-transformer': '^0.5.1',
  'class-validator': '^0.14.0 || ^0.15.0',
  dynalite: '^4.0.0',
  fauxqs: '^2.4.1',
};

/** Brought by the library itself. */
const DEPENDENCIES = {
  '@smithy/node-http-handler': '^4.0.0',
  '@smithy/types': '^4.0.0',
  '@standard-schema/spec': '^1.0.0',
};

/**
 * What the tuned AWS clients rest on, up to the minor version that the tests ran with, so that a fresh installation has what
 * was proved (docs/aws-clients.md). The clients may be older ones, which an application has already: those are not tuned.
 */
const tunedRanges = (exact) => ({
  '@aws-sdk/client-sns': upTo(exact['@aws-sdk/client-sns']),
  '@aws-sdk/client-sqs': upTo(exact['@aws-sdk/client-sqs']),
  '@aws-sdk/core': `~${exact['@aws-sdk/core']}`,
  '@smithy/core': `~${exact['@smithy/core']}`,
  undici: `~${exact.undici}`,
});

const upTo = (version) => {
  const [major, minor] = version.split('.');
  return `>=3.901.0 <${major}.${Number(minor) + 1}.0`;
};

/** The package's entries, and the file of each. */
export const ENTRIES = {
  '.': 'transport/index',
  './aws': 'aws/index',
  './codec': 'transport/codec/index',
  './idempotency': 'transport/idempotency/index',
  './lambda': 'transport/lambda/index',
  './pubsub': 'transport/pubsub/index',
  './signatures': 'transport/signatures/index',
  './sns-http': 'transport/sns-http/index',
  './testing': 'testing/index',
  './topology': 'transport/topology/public/index',
};

const conditions = (file) => ({
  import: { types: `./dist/esm/${file}.d.ts`, default: `./dist/esm/${file}.js` },
  require: { types: `./dist/cjs/${file}.d.ts`, default: `./dist/cjs/${file}.js` },
});

/** Of those of a table that are imported at all. */
const used = (table, imported) =>
  Object.fromEntries(Object.entries(table).filter(([name]) => imported.has(name)));

/**
 * The library's manifest.
 *
 * @param main the repository's package.json, for version, licence and engines.
 * @param imported names of the packages that its files import.
 * @throws Error naming each import that has no range here.
 */
export function manifestOf({ version, license, engines, dependencies }, imported) {
  const own = { ...DEPENDENCIES, ...tunedRanges(dependencies) };
  const known = { ...PEERS, ...OPTIONAL_PEERS, ...own };
  const missing = [...imported].filter((name) => !Object.hasOwn(known, name));
  if (missing.length > 0)
    throw new Error(
      `Imported, and without a range in .ci/transport-manifest.js: ${missing.join(', ')}`,
    );
  const optional = used(OPTIONAL_PEERS, imported);
  return {
    name: 'nestjs-sns-sqs',
    version,
    description:
      'SNS and SQS as a NestJS microservice transport: leases, dead letters, FIFO, requests with answers, idempotency, topology as code, Lambda, a test kit.',
    license,
    keywords: ['nestjs', 'microservices', 'transport', 'aws', 'sqs', 'sns', 'lambda', 'queue'],
    type: 'module',
    main: './dist/cjs/transport/index.js',
    module: './dist/esm/transport/index.js',
    types: './dist/cjs/transport/index.d.ts',
    exports: {
      ...Object.fromEntries(
        Object.entries(ENTRIES).map(([name, file]) => [name, conditions(file)]),
      ),
      './package.json': './package.json',
    },
    // For compilers that know no exports (moduleResolution node10).
    typesVersions: {
      '*': Object.fromEntries(
        Object.entries(ENTRIES)
          .filter(([name]) => name !== '.')
          .map(([name, file]) => [name.slice(2), [`./dist/cjs/${file}.d.ts`]]),
      ),
    },
    files: ['dist', 'docs', 'CHANGELOG.md'],
    sideEffects: false,
    engines,
    // reflect-metadata is Nest's own peer, whether or not a file of ours names it.
    peerDependencies: { ...PEERS, ...optional },
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(optional).map((name) => [name, { optional: true }]),
    ),
    dependencies: used(own, imported),
  };
}
