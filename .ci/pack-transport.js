// Makes the library's package, `nestjs-sns-sqs`, of the transport, the AWS clients and the test kit.
// npm run pack:transport [-- FOLDER]: leaves the tarball in FOLDER (default: here), and prints its name and size.
import { execFile } from 'node:child_process';
import { access, constants, cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeTransportFiles } from './transport-files.js';
import { ENTRIES, manifestOf } from './transport-manifest.js';

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

const [folder = '.', ...more] = process.argv.slice(2);
if (folder.startsWith('-') || more.length > 0) {
  console.error(
    'npm run pack:transport -- [FOLDER]   leaves the tarball in FOLDER (default: here)',
  );
  process.exit(folder === '--help' ? 0 : 2);
}
await access(folder, constants.W_OK).catch(() => {
  console.error(`${folder} is no folder that this user may write to`);
  process.exit(2);
});
const work = await mkdtemp(join(tmpdir(), 'nestjs-sns-sqs-'));
const stage = join(work, 'package');
try {
  const files = await writeTransportFiles(
    join(work, 'compiled'),
    join(stage, 'dist'),
    Object.values(ENTRIES),
  );
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
  await rm(work, { recursive: true, force: true });
}
