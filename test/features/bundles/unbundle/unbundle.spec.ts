import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BundleArchive } from '../../../../src/features/bundles/archive/bundle-archive.js';
import { unbundle } from '../../../../src/features/bundles/index.js';
import { extractObject } from '../../../../src/features/bundles/unbundle/extract-object.js';
import { TestContext } from '../../../app/cli/test.context.js';

const BUCKET = 'bundles';
const KEY = '2026/11/26/09/bundle-x-00000000.gz';
const FILES = [
  ['logs/ü 1.txt', 'first'],
  ['logs/2.txt', 'second'],
  ['logs/2.txt', 'another of the same name'],
  ['manifest.json', 'not the manifest'],
  ['empty', ''],
] as const;
const NAMES = ['empty', 'logs/2.txt', 'logs/ü 1.txt', 'manifest.json'];

const root = mkdtempSync(join(tmpdir(), 'weft-unbundle-'));
let weft: TestContext;
let file: string;
let to: string;
let runs = 0;

beforeAll(async () => {
  weft = await TestContext.start();
  file = join(root, 'bundle.gz');
  const bytes = await bundleBytes();
  writeFileSync(file, bytes);
  await weft.withStack(async ({ aws }) => {
    await aws.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await aws.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: bytes }));
  });
});
beforeEach(() => {
  runs += 1;
  to = join(root, `to-${runs}`);
});
afterAll(async () => {
  await weft.stop();
  rmSync(root, { recursive: true, force: true });
});

async function bundleBytes(): Promise<Buffer> {
  const archive = new BundleArchive(6);
  for (const [index, [name, body]] of FILES.entries()) {
    const identity = { bucket: 'raw', key: name, version_id: `v${index}`, sequencer: null };
    await archive.add({ ...identity, name, etag: null }, Buffer.from(body));
  }
  const gone = { bucket: 'raw', key: 'gone', version_id: null, sequencer: '1' };
  archive.refuse({ ...gone, reason: 'was deleted before it was fetched', final: true });
  const closed = await archive.close();
  const bytes = await closed.read(0, closed.size);
  await archive.dispose();
  return bytes;
}

const noS3 = () => {
  throw new Error('A file needs no S3');
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();

async function* brokenOff(): AsyncIterable<Buffer> {
  yield Buffer.from('half');
  throw new Error('reset');
}

describe('weft unbundle', () => {
  it.each([
    ['a file', () => file],
    ['S3', () => `s3://${BUCKET}/${KEY}`],
  ])('extracts every object of a bundle in %s, and nothing else', async (_where, location) => {
    await weft.run('unbundle', location(), '--to', to);
    expect(weft.code).toBe(0);
    expect(weft.printed?.text).toMatch(/^5 of 5 objects extracted to /);
    const files = filesIn(to);
    expect(files).toEqual(expect.arrayContaining(NAMES.filter((name) => name !== 'manifest.json')));
    expect(files).toHaveLength(5);
    expect(readFileSync(join(to, 'logs/ü 1.txt'), 'utf8')).toBe('first');
    const apart = files.filter((name) => name.startsWith('~'));
    expect(apart.map((name) => readFileSync(join(to, name), 'utf8')).toSorted()).toEqual([
      'another of the same name',
      'not the manifest',
    ]);
  });

  it('lists what is in a bundle, and what was refused and why', async () => {
    await weft.run('unbundle', file, '--list');
    expect(weft.printed?.text).toMatch(/^[0-9a-f]{64} +5 {2}"logs\/ü 1\.txt" {2}s3:\/\/raw\/logs/m);
    expect(weft.printed?.text).toMatch(/^refused: s3:\/\/raw\/gone was deleted before/m);
    expect(existsSync(to)).toBe(false);
  });

  it('checks every object when no folder is named', async () => {
    await weft.run('unbundle', file, '--json');
    expect(weft.printed?.json).toMatchObject({ done: 5, faults: [] });
  });

  it('extracts one object alone', async () => {
    await weft.run('unbundle', `s3://${BUCKET}/${KEY}`, '--only', 'logs/ü 1.txt', '--to', to);
    expect(filesIn(to)).toEqual(['logs/ü 1.txt']);
  });

  it('says what is not in a bundle, and what is none', async () => {
    await expect(unbundle(file, { s3: noS3, only: 'nothing' })).rejects.toThrow(
      'has no object nothing',
    );
    const other = join(root, 'other.gz');
    writeFileSync(other, 'no bundle, though it is longer than the index of one');
    await expect(unbundle(other, { s3: noS3 })).rejects.toThrow('is not a bundle');
    await expect(unbundle(join(root, 'none'), { s3: noS3 })).rejects.toThrow('cannot be read');
    await expect(unbundle('s3://x', { s3: noS3 })).rejects.toThrow('Write it as s3://bucket/key');
  });

  it('replaces no file, and goes on with the others', async () => {
    mkdirSync(join(to, 'logs'), { recursive: true });
    writeFileSync(join(to, 'logs/2.txt'), 'mine');
    await weft.run('unbundle', file, '--to', to);
    expect(weft.code).toBe(3);
    expect(weft.printed?.text).toContain('is there already, and was left as it is');
    expect(readFileSync(join(to, 'logs/2.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(to, 'logs/ü 1.txt'), 'utf8')).toBe('first');
  });

  it('follows no link out of the folder', async () => {
    const outside = join(root, `outside-${runs}`);
    mkdirSync(outside);
    mkdirSync(to);
    symlinkSync(outside, join(to, 'logs'));
    const { faults } = await unbundle(file, { s3: noS3, to });
    expect(faults[0]).toMatch(/would be outside of .*, as a link leads there/);
    expect(readdirSync(outside)).toEqual([]);
    const deep = extractObject('logs/a/b/c.txt', Readable.from([Buffer.from('x')]), to);
    await expect(deep).rejects.toThrow(/would be outside of .*, as a link leads there/);
    expect(readdirSync(outside)).toEqual([]);
  });

  it('tells a bundle of which a byte was changed or whose end is cut', async () => {
    const bytes = readFileSync(file);
    const damaged = join(root, `damaged-${runs}.gz`);
    for (const at of [30, 60, 90]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 0xff, at);
      writeFileSync(damaged, changed);
      const found = await unbundle(damaged, { s3: noS3, to: `${to}-${at}` }).then(
        ({ faults }) => faults.join(),
        (error: Error) => error.message,
      );
      expect(found).toMatch(/damaged|broken/);
    }
    writeFileSync(damaged, bytes.subarray(0, -1));
    await expect(unbundle(damaged, { s3: noS3 })).rejects.toThrow('is not a bundle');
  });

  it.each(['../evil', '/etc/evil', 'a/../../evil', 'C:\\evil', 'a//b', 'con', 'x\u0000'])(
    'does not believe a manifest that names %j',
    async (name) => {
      mkdirSync(to);
      const body = Readable.from([Buffer.from('x')]);
      await expect(extractObject(name, body, to)).rejects.toThrow('is no safe name');
      expect(readdirSync(to)).toEqual([]);
    },
  );

  it('leaves nothing behind of an object that breaks off', async () => {
    await expect(extractObject('a/b.txt', brokenOff(), to)).rejects.toThrow('reset');
    expect(filesIn(to)).toEqual([]);
  });
});
