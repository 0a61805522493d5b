import { randomBytes } from 'node:crypto';
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
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BundleArchive } from '../../../../src/features/bundles/archive/bundle-archive.js';
import { writeIndex } from '../../../../src/features/bundles/archive/bundle-index.js';
import { BundleReader } from '../../../../src/features/bundles/archive/bundle-reader.js';
import { MANIFEST_NAME, writeManifest } from '../../../../src/features/bundles/archive/manifest.js';
import { unbundle } from '../../../../src/features/bundles/index.js';
import { printable } from '../../../../src/platform/cli/index.js';
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

async function written(archive: BundleArchive): Promise<string> {
  const closed = await archive.close();
  const location = join(root, `made-${runs}.gz`);
  writeFileSync(location, await closed.read(0, closed.size));
  await archive.dispose();
  return location;
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces);
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
    expect({ exists: existsSync(to) }).toEqual({ exists: false });
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
    await expect(unbundle(join(root, 'none'), { s3: noS3 })).rejects.toThrow('does not exist');
    for (const absent of [`s3://${BUCKET}/none.gz`, 's3://no-such-bucket/none.gz']) {
      await expect(weft.run('unbundle', absent)).rejects.toThrow(`${absent} does not exist`);
    }
    await expect(unbundle(root, { s3: noS3 })).rejects.toThrow(`${root} is no file`);
    await expect(unbundle('s3://x', { s3: noS3 })).rejects.toThrow('Write it as s3://bucket/key');
  });

  it('replaces no file, and goes on with the others', async () => {
    mkdirSync(join(to, 'logs'), { recursive: true });
    writeFileSync(join(to, 'logs/2.txt'), 'mine');
    await weft.run('unbundle', file, '--to', to);
    expect(weft.code).toBe(3);
    expect(weft.printed?.text).toContain('exists already, and was left as it is');
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

  it('reads every object that is not in the damaged part of a bundle', async () => {
    const archive = new BundleArchive(6);
    const identity = { bucket: 'raw', version_id: null, sequencer: '1', etag: null };
    for (const name of ['a', 'b', 'c']) {
      await archive.add({ ...identity, key: name, name }, randomBytes(1_500_000));
    }
    const location = await written(archive);
    const bytes = readFileSync(location);
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 0xff, 5000);
    writeFileSync(location, bytes);
    await weft.run('unbundle', location, '--to', to);
    expect(weft.code).toBe(3);
    expect(weft.printed?.text).toMatch(/^2 of 3 objects .*\n.*"a" in .* is damaged[^\n]*$/);
    expect(filesIn(to)).toEqual(['b', 'c']);
    await weft.run('unbundle', location, '--only', 'a');
    expect(weft.code).toBe(3);
  });

  it('detects a bundle of which a byte was changed or whose end is cut off', async () => {
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
      await expect(extractObject(name, body, to)).rejects.toThrow('is not a safe name');
      expect(readdirSync(to)).toEqual([]);
    },
  );

  it.each(['x'.repeat(300), 'empty/below-a-file'])(
    'goes on with the others where the file system takes no file called %j',
    async (name) => {
      const archive = new BundleArchive(6);
      const identity = { bucket: 'raw', version_id: 'v', sequencer: null, etag: null };
      for (const key of [name, 'other'])
        await archive.add({ ...identity, key, name: key }, Buffer.from('x'));
      const location = await written(archive);
      mkdirSync(to);
      writeFileSync(join(to, 'empty'), '');
      const { done, faults } = await unbundle(location, { s3: noS3, to });
      expect({ done, faults }).toEqual({
        done: 1,
        faults: [`${JSON.stringify(name)} cannot be the name of a file in this file system`],
      });
    },
  );

  it('reads no more of a file than a manifest can have, wherever it says that its manifest is', async () => {
    const size = 10 * 1024 ** 3;
    const source = {
      name: 'large',
      tail: () => Promise.resolve({ bytes: writeIndex(0), size }),
      read: () => Promise.reject(new Error('It was read')),
    };
    await expect(BundleReader.open(source)).rejects.toThrow('large is not a bundle');
  });

  it('stops at an object that inflates to more than its manifest says', async () => {
    const tar = pack();
    tar.entry({ name: 'bomb' }, Buffer.alloc(1024 ** 2));
    const identity = { bucket: 'raw', key: 'bomb', version_id: 'v', sequencer: null };
    const placed = {
      name: 'bomb',
      etag: null,
      size: 1000,
      sha256: '',
      offset: 0,
      length: 1,
      skip: 0,
    };
    // Not finalized: what ends a tar is written after its manifest.
    tar.finalize();
    const first = gzipSync((await bytesOf(tar)).subarray(0, 512 + 1024 ** 2));
    const manifest = pack();
    manifest.entry({ name: MANIFEST_NAME }, writeManifest([{ ...identity, ...placed }], []));
    manifest.finalize();
    const parts = [first, gzipSync(await bytesOf(manifest)), writeIndex(first.length)];
    const bundle = Buffer.concat(parts);
    const reader = await BundleReader.open({
      name: 'bundle',
      tail: () => Promise.resolve({ bytes: bundle, size: bundle.length }),
      read: (from, end) => Promise.resolve(Readable.from([bundle.subarray(from, end)])),
    });
    let given = 0;
    const reading = async (): Promise<void> => {
      for await (const { pieces } of reader.members())
        for await (const piece of pieces) given += piece.length;
    };
    await expect(reading()).rejects.toThrow('"bomb" in bundle is damaged');
    expect(given).toBeLessThanOrEqual(1000);
  });

  it('prints no control characters of a manifest, and no line that it made up', async () => {
    const archive = new BundleArchive(6);
    const identity = { bucket: 'b\u001b[2J\n0 of 0 objects', version_id: 'v', sequencer: null };
    await archive.add(
      { ...identity, key: 'a\ud800', name: 'a\u009b', etag: null },
      Buffer.from('x'),
    );
    archive.refuse({ ...identity, key: 'k', reason: 'gone\r\nall is well', final: true });
    await weft.run('unbundle', await written(archive), '--list');
    const text = weft.printed?.text ?? '';
    expect(text.split('\n')).toHaveLength(2);
    expect(printable(text).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('s3://b\\u001b[2J\\n0 of 0 objects/a%EF%BF%BD');
  });

  it('leaves nothing behind of an object that breaks off', async () => {
    await expect(extractObject('a/b.txt', brokenOff(), to)).rejects.toThrow('reset');
    expect(filesIn(to)).toEqual([]);
  });
});
