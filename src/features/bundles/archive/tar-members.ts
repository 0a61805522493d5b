import { pack, type Pack } from 'tar-stream';

/** What is packed is read at once, so that nothing is held back. */
const UNLIMITED = { highWaterMark: Number.MAX_SAFE_INTEGER };
const TAR_BLOCK_BYTES = 512;
const FILE_MODE = 0o644;
const EPOCH = new Date(0);

export type TakeBytes = (bytes: Buffer) => Promise<void> | undefined;

/** Writes a PAX tar, member by member. Owner, mode and time are the same for all of them. */
export class TarMembers {
  readonly #pack = openedPack();

  /** @param take gets the archive's bytes. */
  constructor(private readonly take: TakeBytes) {}

  /** A member whose bytes are at hand. */
  async add(name: string, body: Buffer): Promise<void> {
    const packed = await this.#pack;
    await new Promise<void>((resolve, reject) => {
      packed.entry(headersOf(name, body.length), body, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    await this.#takeAll(packed);
  }

  /**
   * A member whose bytes come one piece after the other.
   *
   * @throws what reading the pieces fails with, or that they are not `size` bytes. What was taken
   * since the call must be taken back then; the archive can go on from there.
   */
  async addStream(name: string, size: number, pieces: AsyncIterable<Buffer>): Promise<void> {
    // A pack of its own: one that was left in the middle of a member could not go on.
    const header = await openedPack();
    header.on('error', () => undefined);
    header.entry(headersOf(name, size)).on('error', () => undefined);
    await new Promise(setImmediate);
    await this.#takeAll(header);
    header.destroy();
    let taken = 0;
    for await (const piece of pieces) {
      taken += piece.length;
      if (taken > size) throw new Error(`It has more than the ${size} bytes announced`);
      await this.take(piece);
    }
    if (taken < size) throw new Error(`It ended after ${taken} of ${size} bytes`);
    await this.take(Buffer.alloc(-size & (TAR_BLOCK_BYTES - 1)));
  }

  /** Ends the archive. */
  async end(): Promise<void> {
    const packed = await this.#pack;
    packed.finalize();
    await this.#takeAll(packed);
  }

  async #takeAll(packed: Pack): Promise<void> {
    for (let bytes = packed.read(); bytes !== null; bytes = packed.read()) {
      await this.take(bytes as Buffer);
    }
  }
}

/** Opened by the first read, and only then does a read give what is there. */
async function openedPack(): Promise<Pack> {
  const packed = pack(UNLIMITED);
  packed.read();
  await new Promise(setImmediate);
  return packed;
}

const headersOf = (name: string, size: number) => ({
  name,
  size,
  type: 'file' as const,
  mode: FILE_MODE,
  mtime: EPOCH,
});
