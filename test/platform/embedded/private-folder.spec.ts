import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedAws, EmbeddedDataDirError } from '../../../src/platform/embedded/index.js';
import { ownFolder } from '../../../src/platform/embedded/private-folder.js';

let base: string;
const getuid = process.getuid;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'weft-own-'));
});
afterEach(async () => {
  if (getuid) process.getuid = getuid;
  await rm(base, { recursive: true, force: true });
});

const rights = async (...path: string[]): Promise<number> =>
  (await stat(join(base, ...path))).mode & 0o777;

/** Who runs this cannot make files of another user; so the process is another one than the files'. */
const asAnotherUser = (): void => {
  process.getuid = () => (getuid?.() ?? 0) + 1;
};

describe('A folder of its own', () => {
  it('that had wide rights is closed to others, with what lies in it', async () => {
    const folder = join(base, 'data');
    await mkdir(join(folder, 'queues'), { recursive: true });
    await writeFile(join(folder, 'lock.sqlite'), '');
    for (const path of [folder, join(folder, 'queues'), join(folder, 'lock.sqlite')])
      await chmod(path, 0o777);
    ownFolder(folder);
    expect(
      await Promise.all([rights('data'), rights('data', 'queues'), rights('data', 'lock.sqlite')]),
    ).toEqual([0o700, 0o700, 0o600]);
  });

  it('of another user is refused, and what is in it left alone', async () => {
    const folder = join(base, 'data');
    await mkdir(folder, { mode: 0o777 });
    await chmod(folder, 0o777);
    asAnotherUser();
    expect(() => ownFolder(folder)).toThrow('belongs to another user');
    expect(await rights('data')).toBe(0o777);
  });

  it('behind a link of another user is refused', async () => {
    await mkdir(join(base, 'real'));
    await symlink(join(base, 'real'), join(base, 'link'));
    asAnotherUser();
    expect(() => ownFolder(join(base, 'link'))).toThrow('link belongs to another user');
  });

  it('may be a link of its own user', async () => {
    await mkdir(join(base, 'real'), { mode: 0o755 });
    await symlink(join(base, 'real'), join(base, 'link'));
    ownFolder(join(base, 'link'));
    expect(await rights('real')).toBe(0o700);
  });
});

describe('The data folder of the embedded stack', () => {
  it('that existed with wide rights is closed to others, and so is all in it', async () => {
    const dataDir = join(base, 'data');
    await mkdir(dataDir);
    await chmod(dataDir, 0o777);
    const stack = await EmbeddedAws.start({ dataDir });
    expect(await rights('data')).toBe(0o700);
    for (const name of ['queues', 'tables', 'documents'])
      expect(await rights('data', name)).toBe(0o700);
    expect(await rights('data', 'owner.json')).toBe(0o600);
    expect(await readdir(dataDir)).toContain('credentials');
    await stack.stop();
  });

  it('of another user is refused with the reason and the remedy', async () => {
    const dataDir = join(base, 'data');
    await mkdir(dataDir);
    asAnotherUser();
    const refused = EmbeddedAws.start({ dataDir });
    await expect(refused).rejects.toBeInstanceOf(EmbeddedDataDirError);
    await expect(refused).rejects.toThrow(/belongs to another user .*WEFT_DATA_DIR/);
  });
});
