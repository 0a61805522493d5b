// Runs a part of the build, making the build first if there is none or a source is newer:
//   node .ci/run-built.js main
// Written for any Node, so that an old one gets a clear line and no syntax error.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const [, oldestMajor, oldestMinor] = /(\d+)\.(\d+)/.exec(manifest.engines.node).map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  console.error(
    `Weft needs Node ${oldestMajor}.${oldestMinor} or newer, and this is ${process.versions.node}: run "npm ci", which brings Node 24 along, and start it through npm`,
  );
  process.exit(1);
}

const [entry, ...args] = process.argv.slice(2);
const file = join(root, 'dist', `${entry}.js`);

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

const isStale = () => {
  if (!existsSync(file)) return true;
  const built = statSync(file).mtimeMs;
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package.json'];
  // An installed package has no sources, and is as built as it will be.
  const present = sources.map((name) => join(root, name)).filter((path) => existsSync(path));
  return existsSync(join(root, 'src')) && present.some((path) => newest(path) > built);
};

if (isStale()) {
  console.error('Building…');
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status || 1);
  // Who measures a start wants it without the build.
  performance.mark('weft:built');
}

process.argv.splice(1, process.argv.length, file, ...args);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(file).href);
