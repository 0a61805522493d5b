// Makes the library's package, `nestjs-sns-sqs`, of the transport, the AWS clients and the test kit.
// npm run pack:transport [-- FOLDER]: leaves the tarball in FOLDER (default: here), and prints its name and size.
import { transformFile } from '@swc/core';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { manifestOf } from './transport-manifest.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command, args, cwd) => promisify(execFile)(command, args, { cwd });

/** The transport's documents; the service's own stay here. */
const DOCUMENTS = [
  'aws-clients.md',
  'handlers.md',
  'lambda.md',
  'migration.md',
  'pubsub.md',
  'receiving.md',
  'reliability.md',
  'sending.md',
  'testing.md',
  'topology.md',
];

/** What is loaded by `import()` on purpose, as `require()` cannot load it: emulators of ES modules alone. */
const KEEPS_DYNAMIC_IMPORTS = /^platform\/embedded\//;

async function compile(stage) {
  const esm = join(stage, 'dist/esm');
  await run(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc6'),
      '-p',
      'tsconfig.transport.json',
      '--outDir',
      esm,
    ],
    root,
  );
  const cjs = join(stage, 'dist/cjs');
  const files = await readdir(esm, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
    const to = join(cjs, file);
    await mkdir(dirname(to), { recursive: true });
    await cp(join(esm, file), to);
  }
  for (const file of files.filter((name) => name.endsWith('.js')))
    await writeFile(join(cjs, file), await toCommonJs(file));
  await writeFile(join(esm, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
  return files.filter((name) => /\.(js|ts)$/.test(name)).map((name) => join(esm, name));
}

/** From the sources, as the compiled decorators of one module system are no use to the other. */
async function toCommonJs(file) {
  const { code } = await transformFile(join(root, 'src', file.replace(/\.js$/, '.ts')), {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2023',
    },
    module: { type: 'commonjs', ignoreDynamic: KEEPS_DYNAMIC_IMPORTS.test(file) },
    sourceMaps: false,
  });
  return code;
}

/** Names of the packages that compiled files import. */
async function importedBy(files) {
  const builtin = new Set(builtinModules);
  const found = new Set();
  for (const file of files) {
    // Examples in comments import what they like.
    const code = (await readFile(file, 'utf8')).replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, name] of code.matchAll(
      /(?:from\s+|import\s+|import\(\s*|import\.meta\.resolve\(\s*|load\(\s*)'([^'.][^']*)'/g,
    )) {
      const [first, second] = name.split('/');
      const known = name.startsWith('node:') || builtin.has(first);
      if (!known) found.add(name.startsWith('@') ? `${first}/${second}` : first);
    }
  }
  return found;
}

const [folder = '.'] = process.argv.slice(2);
const stage = await mkdtemp(join(tmpdir(), 'nestjs-sns-sqs-'));
try {
  const files = await compile(stage);
  const main = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const manifest = manifestOf(main, await importedBy(files));
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await cp(join(root, 'docs/library.md'), join(stage, 'README.md'));
  for (const file of ['LICENSE', 'CHANGELOG.md']) await cp(join(root, file), join(stage, file));
  for (const name of DOCUMENTS) await cp(join(root, 'docs', name), join(stage, 'docs', name));
  const target = resolve(folder);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', target], stage);
  const [{ filename, size, unpackedSize, entryCount }] = Object.values(JSON.parse(stdout));
  const { size: bytes } = await stat(join(target, filename));
  console.log(
    JSON.stringify({
      tarball: join(target, filename),
      bytes: bytes ?? size,
      unpackedBytes: unpackedSize,
      files: entryCount,
    }),
  );
} finally {
  await rm(stage, { recursive: true, force: true });
}
