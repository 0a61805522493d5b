import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeFolder } from '../../src/common/make-folder.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weft-folder-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a folder that is created', () => {
  it('has the permissions asked for, as have the missing folders above it, and may exist already', () => {
    const path = join(dir, 'a/b/c');
    makeFolder(path, 0o700);
    makeFolder(path, 0o700);
    for (const folder of ['a', 'a/b', 'a/b/c']) {
      expect(statSync(join(dir, folder)).mode & 0o777).toBe(0o700);
    }
  });

  it('may be a link to a folder, but not a file, within a file, or a link that leads nowhere', () => {
    symlinkSync(dir, join(dir, 'link'));
    makeFolder(join(dir, 'link/a'));
    expect(readdirSync(dir)).toEqual(['a', 'link']);
    writeFileSync(join(dir, 'file'), '');
    symlinkSync(join(dir, 'nothing'), join(dir, 'dangling'));
    for (const [name, code] of [
      ['file', 'EEXIST'],
      ['file/a', 'ENOTDIR'],
      ['dangling', 'EEXIST'],
      ['x'.repeat(300), 'ENAMETOOLONG'],
    ] as const) {
      const path = join(dir, name);
      expect(() => makeFolder(path)).toThrow(
        expect.objectContaining({
          code,
          message: expect.stringContaining(`The folder ${path} cannot be created`),
        }),
      );
    }
  });

  it('is refused in words where the system creates none, as in /proc, where Node tries for ever', () => {
    expect(() => makeFolder('/proc/weft/schemas')).toThrow(
      /^The folder \/proc\/weft\/schemas cannot be created \(ENOENT: .*\)\. Choose another one$/,
    );
  });
});
