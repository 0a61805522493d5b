import { createHash, hash, type Hash } from 'node:crypto';
import { GzipMembers, type GzipMember } from './gzip-members.js';
import { INDEX_BYTES, writeIndex } from './bundle-index.js';
import {
  identityText,
  MANIFEST_NAME,
  writeManifest,
  type BundledObject,
  type Manifest,
  type ObjectIdentity,
  type RefusedObject,
} from './manifest.js';
import { MemberNames } from './member-names.js';
import { Spool } from './spool.js';
import { TarMembers } from './tar-members.js';

export interface ObjectToBundle extends ObjectIdentity {
  /** The result of `memberName`. */
  readonly name: string;
  readonly etag: string | null;
}

export interface ClosedBundle {
  /** Bytes. */
  readonly size: number;
  /** Hash of all its bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly manifest: Manifest;
  /** The bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Buffer>;
}

/** A member whose gzip members are not known yet. */
type Placed = Omit<BundledObject, 'offset' | 'length' | 'skip'> & {
  /** Position of its first byte in the tar. */
  readonly from: number;
  readonly contentFrom: number;
  readonly to: number;
};

interface Checkpoint {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly members: number;
  readonly hash: Hash;
}

const TAR_BLOCK_BYTES = 512;

/**
 * Writes a bundle: a PAX tar in gzip with a member for each object and the manifest as the last member. The same
 * objects in the same order give the same bytes.
 */
export class BundleArchive {
  readonly #spool = new Spool();
  #hash = createHash('sha256');
  readonly #names = new MemberNames();
  readonly #gzip: GzipMembers;
  readonly #tar: TarMembers;
  readonly #placed: Placed[] = [];
  readonly #refused: RefusedObject[] = [];

  /** @param level gzip level, 1 (fast) to 9 (small). */
  constructor(level: number) {
    this.#names.take(MANIFEST_NAME, '');
    this.#gzip = new GzipMembers({
      level,
      write: (bytes) => {
        this.#hash.update(bytes);
        return this.#spool.append(bytes);
      },
    });
    this.#tar = new TarMembers((bytes) => this.#gzip.write(bytes));
  }

  /** Number of objects so far. */
  get count(): number {
    return this.#placed.length;
  }

  /** Adds an object whose bytes are in memory. */
  async add(object: ObjectToBundle, body: Buffer): Promise<void> {
    const name = this.#names.take(object.name, identityText(object));
    const from = this.#gzip.inputBytes;
    await this.#tar.add(name, body);
    this.#place(object, name, body.length, hash('sha256', body, 'hex'), from);
  }

  /**
   * Adds an object that is too large for memory.
   *
   * @throws the error of reading it; the archive is then unchanged and can still be used.
   */
  async addStream(
    object: ObjectToBundle,
    size: number,
    pieces: AsyncIterable<Buffer>,
  ): Promise<void> {
    const checkpoint = await this.#checkpoint();
    const name = this.#names.take(object.name, identityText(object));
    const digest = createHash('sha256');
    try {
      await this.#tar.addStream(name, size, hashing(pieces, digest));
    } catch (error) {
      await this.#rewind(checkpoint);
      throw error;
    }
    this.#place(object, name, size, digest.digest('hex'), checkpoint.inputBytes);
  }

  /** Records an object that is not in the bundle, for the manifest. */
  refuse(object: RefusedObject): void {
    this.#refused.push(object);
  }

  /** Ends the archive; objects can no longer be added. */
  async close(): Promise<ClosedBundle> {
    await this.#gzip.flush();
    const objects = locate(this.#placed, this.#gzip.members, this.#gzip.outputBytes);
    const manifestOffset = this.#gzip.outputBytes;
    await this.#tar.add(MANIFEST_NAME, writeManifest(objects, this.#refused));
    await this.#tar.end();
    await this.#gzip.flush();
    const index = writeIndex(manifestOffset);
    this.#hash.update(index);
    await this.#spool.append(index);
    return {
      size: this.#gzip.outputBytes + INDEX_BYTES,
      sha256: this.#hash.digest('hex'),
      manifest: { version: 1, objects, refused: this.#refused },
      read: (from, to) => this.#spool.read(from, to),
    };
  }

  /** Frees memory and disk. */
  dispose(): Promise<void> {
    return this.#spool.dispose();
  }

  #place(
    { bucket, key, version_id, sequencer, etag }: ObjectToBundle,
    name: string,
    size: number,
    sha256: string,
    from: number,
  ): void {
    const to = this.#gzip.inputBytes;
    const contentFrom = to - Math.ceil(size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
    const object = { bucket, key, version_id, sequencer, name, etag, size, sha256 };
    this.#placed.push({ ...object, from, contentFrom, to });
  }

  async #checkpoint(): Promise<Checkpoint> {
    await this.#gzip.flush();
    const { inputBytes, outputBytes, members } = this.#gzip;
    return { inputBytes, outputBytes, members: members.length, hash: this.#hash.copy() };
  }

  async #rewind(to: Checkpoint): Promise<void> {
    await this.#gzip.flush();
    this.#gzip.rewind(to);
    this.#spool.truncate(to.outputBytes);
    this.#hash = to.hash;
  }
}

async function* hashing(pieces: AsyncIterable<Buffer>, digest: Hash): AsyncIterable<Buffer> {
  for await (const piece of pieces) {
    digest.update(piece);
    yield piece;
  }
}

/** Finds the bytes of the bundle that hold each object. Objects and gzip members are both in order. */
function locate(
  placed: readonly Placed[],
  members: readonly GzipMember[],
  outputBytes: number,
): BundledObject[] {
  let first = 0;
  return placed.map(({ from, contentFrom, to, ...object }) => {
    while ((members[first + 1]?.inputOffset ?? Infinity) <= from) first += 1;
    let next = first + 1;
    while ((members[next]?.inputOffset ?? Infinity) < to) next += 1;
    const start = members[first] ?? { inputOffset: 0, offset: 0 };
    const end = members[next]?.offset ?? outputBytes;
    return {
      ...object,
      offset: start.offset,
      length: end - start.offset,
      skip: contentFrom - start.inputOffset,
    };
  });
}
