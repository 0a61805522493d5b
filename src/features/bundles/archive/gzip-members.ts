import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';

/** Bytes of input deflated at once. Fixed, so that the same input gives the same bytes. */
export const BLOCK_BYTES = 256 * 1024;
/** Blocks of one gzip member: a new one begins at every MiB of input. */
export const BLOCKS_PER_MEMBER = 4;
/** How far deflate looks back. */
const WINDOW_BYTES = 32 * 1024;
/** libuv's pool has four threads; twice as many blocks keep them busy while this thread works. */
const MAX_BLOCKS_IN_FLIGHT = 8;

/** https://www.rfc-editor.org/rfc/rfc1952: no name, no time, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** A part of a gzip file that can be read by itself. */
export interface GzipMember {
  /** Bytes of input before it. */
  readonly inputOffset: number;
  /** Bytes of output before it. */
  readonly offset: number;
}

interface GzipMembersOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number;
  /** Takes the output, in order. */
  readonly write: (bytes: Buffer) => void | Promise<void>;
}

interface OpenMember {
  readonly inputOffset: number;
  checksum: number;
  blocks: number;
}

/**
 * Writes gzip that can be read from every MiB of input: a sequence of members, each a gzip file itself. Blocks are
 * deflated concurrently in libuv's pool, as in pigz: raw deflate, with the end of the previous block as dictionary,
 * flushed to a byte boundary, and one checksum for all.
 */
export class GzipMembers {
  readonly #options: GzipMembersOptions;
  readonly #members: GzipMember[] = [];
  #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #filled = 0;
  #dictionary: Buffer | undefined;
  #member: OpenMember | undefined;
  #inputBytes = 0;
  #outputBytes = 0;
  #inFlight = 0;
  /** Resolves when all output so far is written; rejects once any write has failed. */
  #written: Promise<void> = Promise.resolve();
  #waiting: (() => void) | undefined;

  constructor(options: GzipMembersOptions) {
    this.#options = options;
  }

  /** Bytes of input so far. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** Takes input. Returns a promise if the pool is busy. */
  write(bytes: Buffer): Promise<void> | undefined {
    let from = 0;
    while (from < bytes.length) {
      // A full block waits for more input, because it may be the last one of its member.
      if (this.#filled === BLOCK_BYTES) this.#dispatch(false);
      const taken = bytes.copy(this.#block, this.#filled, from);
      this.#begin();
      from += taken;
      this.#filled += taken;
      this.#inputBytes += taken;
    }
    return this.#inFlight > MAX_BLOCKS_IN_FLIGHT ? this.#relieved() : undefined;
  }

  /** Ends the open member, so that the next byte begins another one, and waits until all is written. */
  async flush(): Promise<void> {
    if (this.#member !== undefined) this.#dispatch(true);
    await this.#written;
  }

  /** The members flushed so far. */
  get members(): readonly GzipMember[] {
    return this.#members;
  }

  /** Bytes of output flushed so far. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /**
   * Goes back to an earlier flush, given by `inputBytes`, `outputBytes` and the number of members at that time. No
   * write may be pending.
   */
  rewind(to: { inputBytes: number; outputBytes: number; members: number }): void {
    this.#inputBytes = to.inputBytes;
    this.#outputBytes = to.outputBytes;
    this.#members.length = to.members;
    this.#member = undefined;
    this.#dictionary = undefined;
    this.#filled = 0;
  }

  #begin(): void {
    this.#member ??= { inputOffset: this.#inputBytes, checksum: 0, blocks: 0 };
  }

  #dispatch(end: boolean): void {
    const member = this.#member;
    if (member === undefined) return;
    const block = this.#block.subarray(0, this.#filled);
    const dictionary = this.#dictionary;
    member.checksum = crc32(block, member.checksum);
    member.blocks += 1;
    const first = member.blocks === 1;
    const last = end || member.blocks === BLOCKS_PER_MEMBER;
    const { inputOffset, checksum } = member;
    const size = this.#inputBytes - inputOffset;
    const deflated = this.#deflate(block, dictionary, last);
    this.#chain(async () => {
      if (first) {
        this.#members.push({ inputOffset, offset: this.#outputBytes });
        await this.#emit(HEADER);
      }
      await this.#emit(await deflated);
      if (last) await this.#emit(trailer(checksum, size));
    }, deflated);
    this.#block = Buffer.allocUnsafe(BLOCK_BYTES);
    this.#filled = 0;
    this.#dictionary = last ? undefined : block.subarray(-WINDOW_BYTES);
    if (last) this.#member = undefined;
  }

  #deflate(block: Buffer, dictionary: Buffer | undefined, last: boolean): Promise<Buffer> {
    const options: ZlibOptions = {
      level: this.#options.level,
      finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
      // In one call, because each further call costs a trip to the pool and back.
      chunkSize: BLOCK_BYTES + 1024,
      ...(dictionary && { dictionary }),
    };
    return new Promise((resolve, reject) => {
      deflateRaw(block, options, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });
  }

  #chain(step: () => Promise<void>, deflated: Promise<Buffer>): void {
    this.#inFlight += 1;
    this.#written = this.#written.then(step).finally(() => {
      this.#inFlight -= 1;
      if (this.#inFlight <= MAX_BLOCKS_IN_FLIGHT) this.#waiting?.();
    });
    // The next write or flush rejects.
    this.#written.catch(() => undefined);
    deflated.catch(() => undefined);
  }

  async #emit(bytes: Buffer): Promise<void> {
    this.#outputBytes += bytes.length;
    await this.#options.write(bytes);
  }

  async #relieved(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = resolve;
    const failed = this.#written;
    await Promise.race([promise, failed]);
  }
}

function trailer(checksum: number, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(checksum, 0);
  bytes.writeUInt32LE(size % 2 ** 32, 4);
  return bytes;
}
