import { createHash } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { PermanentError } from '../../../transport/errors/index.js';
import { INDEX_BYTES, readIndex } from './bundle-index.js';
import { MANIFEST_NAME, parseManifest, type BundledObject, type Manifest } from './manifest.js';

/** Bytes of which any part can be read, such as an object of S3 or a file. */
export interface ByteRanges {
  /** For messages. */
  readonly name: string;
  /** The last bytes, at most so many, and how many there are in all. */
  tail(bytes: number): Promise<{ readonly bytes: Buffer; readonly size: number }>;
  /** The bytes from one position to before another. */
  read(from: number, to: number): Promise<Readable>;
}

/** Read first: the index, and a manifest of a few hundred objects with it. */
const TAIL_BYTES = 64 * 1024;

/** A manifest of the largest bundle has less; one that has or inflates to more is not ours. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Reads a bundle: what is in it, and single objects without the rest. */
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
    // A place far from the end would have the whole of a large file read into memory.
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
   * One object's bytes, in one range. Their hash is checked as they pass.
   *
   * @throws {PermanentError} at the end, when they are not those that were bundled.
   */
  async *read(object: BundledObject): AsyncIterable<Buffer> {
    const { offset, length, skip, size, sha256, name } = object;
    const hash = createHash('sha256');
    let [skipped, given] = [0, 0];
    const packed = await this.source.read(offset, offset + length);
    const inflated = createGunzip();
    // What fails is thrown below, and what is left of the range when all is read is of no interest.
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
   * Every object, in the bundle's order, all of it read once. Their hashes are checked as they pass.
   *
   * @throws {PermanentError} when the archive is cut off or broken, or has not what its manifest says.
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
        // What was not read has to pass before the next one comes.
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

/** A member and where the manifest says it is. */
export interface BundleMember {
  readonly object: BundledObject;
  /** To be read before the next member is asked for. */
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
      // A few bytes may inflate to more than a disk has room for. They pass, as the next member comes after them.
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

/** Such as Z_DATA_ERROR: the bytes are no gzip, while whatever else fails is the way to them. */
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
