import { createHash } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { PermanentError } from '../../../transport/errors/index.js';
import { INDEX_BYTES, readIndex } from './bundle-index.js';
import { MANIFEST_NAME, parseManifest, type BundledObject, type Manifest } from './manifest.js';

/** A source with random access, such as an S3 object or a file. */
export interface ByteRanges {
  /** Names it in errors. */
  readonly name: string;
  /** The last bytes, at most `count`, and the total number. */
  tail(bytes: number): Promise<{ readonly bytes: Buffer; readonly size: number }>;
  /** The bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Readable>;
}

/** Read first: the index, and a manifest of a few hundred objects with it. */
const TAIL_BYTES = 64 * 1024;

/** More than the manifest of the largest bundle, so a larger one is not Weft's. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Reads a bundle: its manifest, and single objects without the rest. */
export class BundleReader {
  private constructor(
    private readonly source: ByteRanges,
    /** Bytes. */
    readonly size: number,
    readonly manifest: Manifest,
  ) {}

  /**
   * Reads the manifest, in two ranges at most.
   *
   * @throws {PermanentError} when it is not a bundle of Weft.
   */
  static async open(source: ByteRanges): Promise<BundleReader> {
    const { bytes: tail, size } = await source.tail(TAIL_BYTES);
    const offset = readIndex(tail);
    if (offset === undefined || offset > size - INDEX_BYTES) throw notABundle(source);
    // A false position far from the end would make this read a large file into memory.
    if (size - offset > MAX_MANIFEST_BYTES) throw notABundle(source);
    const tailFrom = size - tail.length;
    const missing = offset < tailFrom ? await bytesOf(await source.read(offset, tailFrom)) : NONE;
    const packed = Buffer.concat([missing, tail.subarray(Math.max(0, offset - tailFrom))]);
    try {
      const text = await manifestText(packed.subarray(0, packed.length - INDEX_BYTES));
      return new BundleReader(source, size, parseManifest(text));
    } catch (error) {
      throw notABundle(source, error);
    }
  }

  /**
   * Streams one object's bytes, from one range, and checks their hash.
   *
   * @throws {PermanentError} at the end, if they are not the bundled bytes.
   */
  async *read(object: BundledObject): AsyncIterable<Buffer> {
    const { offset, length, skip, size, sha256, name } = object;
    const hash = createHash('sha256');
    let [skipped, given] = [0, 0];
    const packed = await this.source.read(offset, offset + length);
    const inflated = createGunzip();
    // Errors are thrown below; the rest of the range after the object is not needed.
    pipeline(packed, inflated, () => undefined);
    try {
      for await (const piece of inflated as AsyncIterable<Buffer>) {
        const from = Math.min(piece.length, skip - skipped);
        skipped += from;
        const wanted = piece.subarray(from, from + size - given);
        given += wanted.length;
        hash.update(wanted);
        if (wanted.length > 0) yield wanted;
        if (given === size && skipped === skip) break;
      }
    } catch (error) {
      throw isOfZlib(error) ? damaged(name, this.source.name, error) : error;
    }
    if (given !== size || hash.digest('hex') !== sha256) {
      throw damaged(name, this.source.name);
    }
  }

  /**
   * Streams every object in the bundle's order, reading the bundle once, and checks their hashes.
   *
   * @throws {PermanentError} if the archive is truncated or damaged, or does not match its manifest.
   */
  async *members(): AsyncIterable<BundleMember> {
    const byName = new Map(this.manifest.objects.map((object) => [object.name, object]));
    const tar = extract();
    const inflated = createGunzip();
    const packed = await this.source.read(0, this.size);
    pipeline(packed, inflated, (error) => error && tar.destroy(error));
    inflated.pipe(tar);
    try {
      for await (const member of tar) {
        const { name } = member.header;
        const object = byName.get(name);
        byName.delete(name);
        if (object) yield { object, pieces: checked(member, object, this.source.name) };
        // Skips unread bytes, so that the next member can follow.
        member.resume();
      }
    } catch (error) {
      throw error instanceof PermanentError ? error : this.#broken(error);
    } finally {
      packed.destroy();
    }
    const [missing] = byName.keys();
    if (missing !== undefined) throw this.#broken(new Error(`It lacks ${JSON.stringify(missing)}`));
  }

  #broken(cause: unknown): PermanentError {
    return new PermanentError(`${this.source.name} is broken, or ends too soon`, { cause });
  }
}

/** A member and its entry in the manifest. */
interface BundleMember {
  readonly object: BundledObject;
  /** Must be read before the next member is requested. */
  readonly pieces: AsyncIterable<Buffer>;
}

const inflate = promisify(gunzip);

async function* checked(
  pieces: AsyncIterable<unknown>,
  { name, size, sha256 }: BundledObject,
  bundle: string,
): AsyncIterable<Buffer> {
  const hash = createHash('sha256');
  let given = 0;
  try {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece as Uint8Array);
      given += bytes.length;
      // A few bytes may inflate to more than the disk holds, so surplus bytes are skipped, to reach the next member.
      if (given > size) continue;
      hash.update(bytes);
      yield bytes;
    }
  } catch (error) {
    throw isOfZlib(error) ? damaged(name, bundle, error) : error;
  }
  if (given !== size || hash.digest('hex') !== sha256) throw damaged(name, bundle);
}

const damaged = (name: string, bundle: string, cause?: unknown): PermanentError =>
  new PermanentError(
    `${JSON.stringify(name)} in ${bundle} is damaged: its size or its hash differs`,
    { cause },
  );

/** Whether zlib failed, such as by Z_DATA_ERROR, which means damaged bytes; other errors come from reading them. */
const isOfZlib = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

const NONE = Buffer.alloc(0);

const notABundle = ({ name }: ByteRanges, cause?: unknown): PermanentError =>
  new PermanentError(`${name} is not a bundle: it has no manifest at its end`, { cause });

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces);
}

async function manifestText(packed: Buffer): Promise<string> {
  const tar = extract();
  tar.end(await inflate(packed, { maxOutputLength: MAX_MANIFEST_BYTES }));
  for await (const member of tar) {
    if (member.header.name !== MANIFEST_NAME) break;
    return String(await bytesOf(member));
  }
  throw new Error('It holds no manifest');
}
