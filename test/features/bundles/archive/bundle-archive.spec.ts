import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createCipheriv, createHash, hash } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  BundleArchive,
  type ClosedBundle,
  type ObjectToBundle,
} from '../../../../src/features/bundles/archive/bundle-archive.js';
import {
  BundleReader,
  type ByteRanges,
} from '../../../../src/features/bundles/archive/bundle-reader.js';
import { memberName } from '../../../../src/features/bundles/archive/member-name.js';
import { differenceOf } from '../../../support/bytes.js';
import { waitFor } from '../../../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'weft-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1024 * 1024;

const temporaryFiles = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('weft-bundle-'));

function object(key: string, sequencer = '1'): ObjectToBundle {
  const named = memberName(key);
  if (!named.ok) throw new Error(named.reason);
  return { bucket: 'raw', key, version_id: null, sequencer, name: named.name, etag: 'e' };
}

/** Bytes that cannot be deflated, the same in each run. */
const bytes = (size: number, seed: number): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(
    Buffer.alloc(size),
  );

async function* inPieces(body: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

interface Ranges extends ByteRanges {
  /** Bytes that were read, range by range. */
  readonly reads: number[];
}

function rangesOf(whole: Buffer): Ranges {
  const reads: number[] = [];
  const part = (from: number, to: number): Buffer => {
    reads.push(to - from);
    return whole.subarray(from, to);
  };
  return {
    name: 'a bundle',
    reads,
    tail: async (size) => ({
      bytes: part(Math.max(0, whole.length - size), whole.length),
      size: whole.length,
    }),
    read: async (from, to) => Readable.from([part(from, to)]),
  };
}

async function collected(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const FILES: readonly (readonly [string, Buffer])[] = [
  ['a.txt', Buffer.from('hello')],
  ['empty', Buffer.alloc(0)],
  [`long/${'n'.repeat(200)}/${'m'.repeat(200)}/名前 ü.bin`, bytes(70_000, 1)],
  ['block', bytes(512, 2)],
  ['large.bin', bytes(3 * MIB + 17, 3)],
  ['z/last.txt', Buffer.from('the end\n')],
];

async function bundleOf(files: readonly (readonly [string, Buffer])[], level = 6) {
  const archive = new BundleArchive(level);
  for (const [key, body] of files) {
    if (body.length > MIB) await archive.addStream(object(key), body.length, inPieces(body, 9999));
    else await archive.add(object(key), body);
  }
  archive.refuse({
    bucket: 'raw',
    key: '../x',
    version_id: null,
    sequencer: '9',
    reason: 'has a ".." part',
    final: false,
  });
  const closed = await archive.close();
  const whole = await closed.read(0, closed.size);
  await archive.dispose();
  return { closed, whole };
}

describe('a bundle', () => {
  it('is the same bytes for the same objects, and says which', async () => {
    const [one, two] = [await bundleOf(FILES), await bundleOf(FILES)];
    expect(differenceOf(one.whole, two.whole)).toBe('none');
    expect(one.closed.size).toBe(one.whole.length);
    expect(one.closed.sha256).toBe(hash('sha256', one.whole));
    expect(one.closed.manifest.objects).toMatchObject(
      FILES.map(([key, body]) => ({ key, size: body.length, sha256: hash('sha256', body) })),
    );
    expect(one.closed.manifest.refused).toMatchObject([{ key: '../x', reason: 'has a ".." part' }]);
  });

  it.each([
    ['gzip -t', 'gzip', ['-t', 'bundle.gz']],
    ['GNU tar', 'tar', ['--extract', '--gzip', '--file', 'bundle.gz', '--directory', 'gnu']],
    [
      "Python's tarfile",
      'python3',
      ['-c', 'import tarfile; tarfile.open("bundle.gz").extractall("python", filter="data")'],
    ],
  ])('is read by %s', async (_name, command, args) => {
    const { whole, closed } = await bundleOf(FILES);
    writeFileSync(join(folder, 'bundle.gz'), whole);
    const target = join(folder, args.includes('gnu') ? 'gnu' : 'python');
    execFileSync('mkdir', ['-p', target]);
    const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    if (command === 'gzip') return;
    for (const [key, body] of FILES) {
      expect(differenceOf(readFileSync(join(target, key)), body)).toBe('none');
    }
    expect(JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'))).toEqual(
      closed.manifest,
    );
    expect(readdirSync(target).toSorted()).toEqual(
      ['a.txt', 'block', 'empty', 'large.bin', 'long', 'manifest.json', 'z'].toSorted(),
    );
  });

  it('has its manifest as the last member', async () => {
    writeFileSync(join(folder, 'order.gz'), (await bundleOf(FILES)).whole);
    const names = execFileSync('tar', ['-tzf', join(folder, 'order.gz')], { encoding: 'utf8' });
    expect(names.trim().split('\n').at(-1)).toBe('manifest.json');
  });

  it('gives each object by ranged reads, without the rest', async () => {
    const { whole } = await bundleOf(FILES);
    for (const [key, body] of FILES) {
      const source = rangesOf(whole);
      const reader = await BundleReader.open(source);
      const found = reader.manifest.objects.find((one) => one.key === key);
      if (!found) throw new Error(`${key} is not in the manifest`);
      expect(differenceOf(await collected(reader.read(found)), body)).toBe('none');
      expect(source.reads.length).toBeLessThanOrEqual(3);
      expect(source.reads.reduce((sum, read) => sum + read, 0)).toBeLessThan(body.length + 2 * MIB);
    }
  });

  it('gives one of ten thousand objects by three ranged reads and 2 MiB', async () => {
    const archive = new BundleArchive(6);
    const body = bytes(1024, 7);
    for (let n = 0; n < 10_000; n++) {
      body.writeUInt32LE(n);
      await archive.add(object(`2026/11/26/events/${n}.json`, `00${n}`), Buffer.from(body));
    }
    const closed: ClosedBundle = await archive.close();
    const source = rangesOf(await closed.read(0, closed.size));
    const reader = await BundleReader.open(source);
    const found = reader.manifest.objects.find(({ key }) => key.endsWith('/7777.json'));
    if (!found) throw new Error('It is not there');
    body.writeUInt32LE(7777);
    expect(differenceOf(await collected(reader.read(found)), body)).toBe('none');
    expect(source.reads.length).toBeLessThanOrEqual(3);
    expect(source.reads.reduce((sum, read) => sum + read, 0)).toBeLessThanOrEqual(2 * MIB);
    await archive.dispose();
  });

  it('is as it was before an object that broke off, wherever it did', async () => {
    const without = await bundleOf([FILES[0] ?? ['', Buffer.alloc(0)]]);
    for (const size of [0, 5000, MIB, 6 * MIB]) {
      const archive = new BundleArchive(6);
      await archive.add(object('a.txt'), Buffer.from('hello'));
      const broken = archive.addStream(object('big'), 7 * MIB, inPieces(bytes(size, 4), 65_536));
      await expect(broken).rejects.toThrow(`It ended after ${size} of ${7 * MIB} bytes`);
      expect(archive.count).toBe(1);
      await archive.add(object('b.txt'), Buffer.from('after'));
      const closed = await archive.close();
      const reader = await BundleReader.open(rangesOf(await closed.read(0, closed.size)));
      const [a, b] = reader.manifest.objects;
      expect([a, b].map((one) => one?.key)).toEqual(['a.txt', 'b.txt']);
      const after = b && (await collected(reader.read(b)));
      expect(String(after)).toBe('after');
      expect(closed.sha256).toBe(hash('sha256', await closed.read(0, closed.size)));
      await archive.dispose();
    }
    expect(without.closed.manifest.objects).toHaveLength(1);
  });

  it('detects an object that was changed in it', async () => {
    const { whole } = await bundleOf([['stored', bytes(5000, 5)]], 1);
    const reader = await BundleReader.open(rangesOf(whole));
    const [found] = reader.manifest.objects;
    if (!found) throw new Error('It is not there');
    const other = { ...found, sha256: createHash('sha256').digest('hex') };
    await expect(collected(reader.read(other))).rejects.toThrow(
      '"stored" in a bundle is damaged: its size or its hash differs',
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.from('no bundle at all, but longer than an index is')],
  ])('is not mistaken for %s', async (_what, other) => {
    await expect(BundleReader.open(rangesOf(other))).rejects.toThrow(
      'a bundle is not a bundle: it has no manifest at its end',
    );
  });

  it('goes to a temporary file without a name when it is large', async () => {
    const before = new Set(temporaryFiles());
    const body = bytes(6 * MIB, 6);
    const { whole, closed } = await bundleOf([['large', body]]);
    expect(closed.size).toBeGreaterThan(5 * MIB);
    expect(hash('sha256', whole)).toBe(closed.sha256);
    // Those of other processes have a name for a moment.
    const named = temporaryFiles().filter((name) => !before.has(name));
    await waitFor('no file of a bundle to have a name', () =>
      named.every((name) => !existsSync(join(tmpdir(), name))),
    );
  });
});
