import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestBroker } from '../../src/testing/index.js';
import {
  Application,
  EXPECTED,
  node,
  probed,
  readJson,
  root,
  run,
} from './package/applications.js';

/** What the library may bring beside Nest, and what its optional parts would (the issue's own goal). */
const MAX_MEGABYTES = 30;

const NEST_11 = ['common', 'core', 'microservices', 'platform-express'].map(
  (name) => `@nestjs/${name}@^11.1.0`,
);
/** Not the patch that the repository itself is built with. */
const NEST_12 = [
  '@nestjs/common@12.5.0',
  '@nestjs/core@12.5.0',
  '@nestjs/microservices@12.1.0',
  '@nestjs/platform-express@12.5.0',
];
const BESIDE = [
  'rxjs@7',
  'reflect-metadata@0.2',
  'class-validator@0.14',
  'class-transformer@0.5',
  '@opentelemetry/api@1.9',
  'typescript@5.9',
  '@types/node@24',
];
const MAIN = (file: string): string =>
  `import { probe } from '${file}';\nprobe().then((result) => console.log('PROBED ' + JSON.stringify(result)));\n`;
const DECORATED = {
  target: 'ES2023',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  outDir: 'out',
};
const NODENEXT = { compilerOptions: { ...DECORATED, module: 'NodeNext', types: ['node'] } };
/** Nest's optional transports, and Node's own `require` for the parts of a bundle that are CommonJS. */
const BUNDLER = `
import { build } from 'esbuild';
await build({
  entryPoints: ['out/main.js'], outfile: 'bundle/main.mjs',
  bundle: true, platform: 'node', format: 'esm', keepNames: true,
  external: ['@nestjs/websockets', '@nestjs/websockets/*', '@nestjs/platform-fastify', '@fastify/*', 'fastify',
    '@grpc/*', 'amqp*', 'ioredis', 'kafkajs', 'mqtt', 'nats', '@nats-io/*', '@aws-sdk/client-s3'],
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
});
`;

/** Prints the exports of all entries, of both module systems, whose function has another name. */
const NAMES = `
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json')).map((entry) => entry.replace('.', 'nestjs-sns-sqs'));
const modules = (await Promise.all(entries.map((entry) => import(entry)))).concat(entries.map((entry) => require(entry)));
const functions = modules.flatMap((found) => Object.entries(found)).filter(([, value]) => typeof value === 'function');
const renamed = functions.filter(([name, value]) => value.name !== name).map(([name]) => name);
console.log('PROBED ' + JSON.stringify({ enough: functions.length > 150, renamed }));
`;

const bin = (name: string): string => join(root, 'node_modules', name);

let folder: string;
let tarball: string;
let broker: TestBroker;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-sns-sqs-'));
  const told = await node(['.ci/pack-transport.js', folder], root);
  ({ tarball } = JSON.parse(told) as { tarball: string });
  broker = await TestBroker.start({ embedded: true });
  env = { PROBE_AWS: JSON.stringify(broker.clientOptions()) };
});

afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the library in an application that brings its own Nest', () => {
  it('runs with another patch of Nest 12, as ES modules, as the only copy of each, and in one file', async () => {
    const app = await Application.create(join(folder, 'nest-12'), { type: 'module' }, [
      ...NEST_12,
      ...BESIDE,
      'esbuild@0.28.2',
    ]);
    const before = await app.size();
    await app.install([tarball]);
    const after = await app.size();
    const added = {
      packages: after.packages - before.packages,
      megabytes: after.megabytes - before.megabytes,
    };
    process.stdout.write(`nestjs-sns-sqs adds ${added.packages} packages, ${added.megabytes} MB\n`);
    await app.write('main.ts', MAIN('./probe.js'));
    await app.write('tsconfig.json', NODENEXT);
    await app.compile();
    expect(probed(await node(['out/main.js'], app.folder, env))).toEqual(EXPECTED);
    expect(await app.copiesOf('@nestjs/common')).toBe(1);
    expect(added.megabytes).toBeLessThanOrEqual(MAX_MEGABYTES);

    await run('npm', ['rebuild', 'esbuild'], app.folder);
    await app.write('bundle.mjs', BUNDLER);
    await node(['bundle.mjs'], app.folder);
    const alone = await Application.create(join(folder, 'alone'), {}, []);
    const bundle = join(app.folder, 'bundle/main.mjs');
    expect(probed(await node([bundle], alone.folder, env))).toEqual(EXPECTED);
  });

  it('runs with Nest 11 in CommonJS: by require, and in a spec of ts-jest without flags', async () => {
    const app = await Application.create(join(folder, 'nest-11'), {}, [
      ...NEST_11,
      ...BESIDE,
      'jest@30',
      'ts-jest@29',
      '@types/jest@30',
    ]);
    await app.install([tarball]);
    await app.write('main.ts', MAIN('./probe'));
    await app.write(
      'probe.spec.ts',
      "import { probe } from './probe';\n" +
        "it('runs', async () => console.log('PROBED ' + JSON.stringify(await probe())), 60000);\n",
    );
    await app.write('tsconfig.json', {
      compilerOptions: {
        ...DECORATED,
        module: 'commonjs',
        moduleResolution: 'node10',
        esModuleInterop: true,
        types: ['node', 'jest'],
      },
    });
    await app.write(
      'jest.config.js',
      "module.exports = { transform: { '^.+\\\\.ts$': 'ts-jest' }, testMatch: ['**/*.spec.ts'] };",
    );
    await app.compile();
    expect(probed(await node(['out/main.js'], app.folder, env))).toEqual(EXPECTED);
    const jest = await node(['node_modules/jest/bin/jest.js'], app.folder, env);
    expect(probed(jest)).toEqual(EXPECTED);

    // The oldest SDK that the package takes: not what the tuned clients were proved with.
    await app.install(['@aws-sdk/client-sqs@3.901.0', '@aws-sdk/client-sns@3.901.0']);
    expect(probed(await node(['out/main.js'], app.folder, env))).toEqual({
      ...EXPECTED,
      plainClients: expect.stringMatching(
        /"package":"@aws-sdk\/client-sqs","installed":"3\.901\.0","proved":"3\.\d+\.\d+"/,
      ),
    });
  });

  it('runs where pnpm has installed it, without hoisting', async () => {
    const app = await Application.create(join(folder, 'pnpm'), { type: 'module' }, []);
    await app.write('.npmrc', 'hoist=false\n');
    const pnpm = ['exec', '--yes', '--package', 'pnpm@10', '--', 'pnpm'];
    const packages = [...NEST_12, ...BESIDE, tarball];
    await run('npm', [...pnpm, 'add', '--ignore-scripts', ...packages], app.folder);
    await app.write('main.ts', MAIN('./probe.js'));
    await app.write('tsconfig.json', NODENEXT);
    await app.compile();
    expect(probed(await node(['out/main.js'], app.folder, env))).toEqual(EXPECTED);
  });
});

describe('the package', () => {
  it('is as npm, bundlers and compilers want it', async () => {
    const lint = await node([bin('publint/src/cli.js'), tarball, '--strict'], root);
    expect(lint).toContain('All good');
    const types = await node([bin('@arethetypeswrong/cli/dist/index.js'), tarball], root);
    expect(types).not.toContain('❌');
  });

  it('has classes and functions of the names by which they are exported, so that logs and errors show these', async () => {
    // Beside the repository's packages, as its entries import optional ones too.
    const unpacked = await mkdtemp(join(root, 'node_modules/.package-'));
    try {
      await run('tar', ['-xzf', tarball, '-C', unpacked], root);
      const own = join(unpacked, 'package');
      await writeFile(join(own, 'names.mjs'), NAMES);
      expect(probed(await node(['names.mjs'], own))).toEqual({ enough: true, renamed: [] });
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  });

  it('has every file that it names, and no emulator, HTTP, Mongo or logging package among its dependencies', async () => {
    const installed = join(folder, 'nest-12/node_modules/nestjs-sns-sqs');
    const { exports: entries, dependencies } = await readJson(join(installed, 'package.json'));
    const files = JSON.stringify(entries).match(/\.\/dist\/[^"]+/g) ?? [];
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) await access(join(installed, file));
    expect(Object.keys(dependencies as object).toSorted()).toEqual([
      '@aws-sdk/client-sns',
      '@aws-sdk/client-sqs',
      '@aws-sdk/core',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/types',
      '@standard-schema/spec',
      'undici',
    ]);
  });
});
