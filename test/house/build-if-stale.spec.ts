import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const NEST =
  "require('node:fs').writeFileSync('dist/main.js', 'built'); console.log('nest', process.argv[2]);";

describe('.ci/build-if-stale.js', () => {
  let folder: string;
  const write = (name: string, text: string, secondsAgo = 100): void => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    const time = Date.now() / 1000 - secondsAgo;
    utimesSync(file, time, time);
    utimesSync(join(file, '..'), time, time);
  };
  const run = () => {
    const args = [join(folder, '.ci/build-if-stale.js')];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, stderr };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-start-'));
    mkdirSync(join(folder, '.ci'));
    cpSync('.ci/build-if-stale.js', join(folder, '.ci/build-if-stale.js'));
    write('package.json', '{"type": "module", "engines": {"node": ">=22.12"}}');
    write('src/main.ts', '');
    write('dist/main.js', '', 50);
    write('node_modules/@nestjs/cli/package.json', '{"type": "commonjs"}');
    write('node_modules/@nestjs/cli/bin/nest.js', NEST);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('leaves a fresh build alone', () => {
    expect(run()).toEqual({ status: 0, stderr: '' });
  });

  it('builds when a source is newer, once', () => {
    write('src/deep/er.ts', '', 10);
    expect(run()).toEqual({ status: 0, stderr: 'Building…\nnest build\n' });
    expect(run()).toEqual({ status: 0, stderr: '' });
  });

  it('builds when there is no build, and fails when that fails', () => {
    rmSync(join(folder, 'dist'), { recursive: true });
    expect(run().status).toBe(1);
    mkdirSync(join(folder, 'dist'));
    expect(run()).toEqual({ status: 0, stderr: 'Building…\nnest build\n' });
  });

  it('says in one line that Node is too old', () => {
    write('package.json', '{"type": "module", "engines": {"node": ">=99.1"}}');
    expect(run()).toEqual({
      status: 1,
      stderr: `Weft needs Node 99.1 or newer, and this is ${process.versions.node}: run "npm ci", which brings Node 24 along, and start it through npm\n`,
    });
  });
});
