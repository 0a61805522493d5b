// Makes the build if there is none or a source is newer: node .ci/build-if-stale.js
// Before that it says in one line when this Node is too old, so it is written for any of them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

const built = join(root, 'dist', 'main.js');
const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json']
  .map((name) => join(root, name))
  .filter((path) => existsSync(path));

if (!existsSync(built) || sources.some((path) => newest(path) > statSync(built).mtimeMs)) {
  console.error('Building…');
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  process.exitCode = status ?? 1;
}
