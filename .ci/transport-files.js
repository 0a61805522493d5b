// Writes the library's JavaScript and types, as ES modules and as CommonJS, for .ci/pack-transport.js.
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Stays a file of its own: by its address it knows whether it is installed or in somebody's bundle. */
const OWN_FILE = 'aws/tuned/installed.version.js';

/** What is loaded by `import()` on purpose, as `require()` cannot load it: emulators of ES modules alone. */
const KEEPS_DYNAMIC_IMPORTS = /^platform\/embedded\//;

/** The head of a class as the compiler writes it. */
const CLASS = /^ *(?:export )?(?:let .* = )?class (\w+)(?: extends .+)? \{$/gm;

const DYNAMIC_IMPORT = /\bimport\(/;

/**
 * Compiles the library, and joins its files into few: one for each entry, and those that entries share. A process that
 * imports the 250 files of the main entry one by one takes twice as long for them.
 *
 * @param folder where the compiler writes its files, one for each source.
 * @param dist where the package's files are written, in `esm` and `cjs`.
 * @param entries the package's entries, such as `transport/index`.
 * @returns the compiler's files.
 */
export async function writeTransportFiles(folder, dist, entries) {
  await compile(folder);
  const files = (await readdir(folder, { recursive: true })).filter((name) =>
    /\.(js|ts)$/.test(name),
  );
  const [esm, cjs] = [join(dist, 'esm'), join(dist, 'cjs')];
  for (const file of files.filter((name) => name.endsWith('.d.ts')))
    for (const to of [esm, cjs]) await copy(join(folder, file), join(to, file));
  await copy(join(folder, OWN_FILE), join(esm, OWN_FILE));
  const sources = await bundle(folder, esm, entries);
  for (const [file, from] of sources.set(OWN_FILE, [OWN_FILE]))
    await toCommonJs(join(esm, file), join(cjs, file), await keepsDynamicImports(folder, from));
  await writeFile(join(esm, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
  return files.map((name) => join(folder, name));
}

async function compile(folder) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc6');
  const args = [tsc, '-p', 'tsconfig.transport.json', '--outDir', folder];
  await promisify(execFile)(process.execPath, args, { cwd: root });
}

async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
}

/** Joins the compiler's files; tells of each file it wrote which of them are in it. */
async function bundle(folder, esm, entries) {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: entries.map((name) => `${name}.js`),
    outbase: folder,
    outdir: esm,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: [
      { name: 'own-file', setup: leaveOwnFile },
      { name: 'class-names', setup: keepClassNames },
    ],
  });
  const sources = new Map();
  for (const [path, { imports, inputs }] of Object.entries(metafile.outputs)) {
    const file = relative(esm, resolve(folder, path));
    const misplaced =
      imports.some((imported) => imported.path.endsWith(OWN_FILE)) && dirname(file) !== '.';
    if (misplaced) throw new Error(`${file} imports ./${OWN_FILE}, which is not beside it`);
    sources.set(file, Object.keys(inputs));
  }
  return sources;
}

/** What imports it is in a file that entries share, and those are all in the folder of the bundle. */
function leaveOwnFile(bundler) {
  bundler.onResolve({ filter: new RegExp(`/${basename(OWN_FILE)}$`) }, () => ({
    path: `./${OWN_FILE}`,
    external: true,
  }));
}

/**
 * The bundler renames classes, and logs, errors and Nest would show its names. Its own way of keeping names costs a call
 * for each function that is made, so for each message too.
 */
function keepClassNames(bundler) {
  bundler.onLoad({ filter: /\.js$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replaceAll(
      CLASS,
      (head, name) =>
        `${head} static { Object.defineProperty(this, 'name', { value: '${name}', configurable: true }); }`,
    ),
  }));
}

/** @throws Error for files joined into one that need `import()` and `require()` in CommonJS. */
async function keepsDynamicImports(folder, files) {
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const importing = files.filter((_, index) => DYNAMIC_IMPORT.test(texts[index]));
  const keeping = importing.filter((name) => KEEPS_DYNAMIC_IMPORTS.test(name));
  if (keeping.length > 0 && keeping.length < importing.length)
    throw new Error(`Joined, and loaded in different ways: ${importing.join(', ')}`);
  return keeping.length > 0;
}

async function toCommonJs(from, to, ignoreDynamic) {
  const { code } = await transform(await readFile(from, 'utf8'), {
    jsc: { parser: { syntax: 'ecmascript' }, target: 'es2023' },
    module: { type: 'commonjs', ignoreDynamic },
    sourceMaps: false,
    swcrc: false,
    configFile: false,
  });
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, code);
}
