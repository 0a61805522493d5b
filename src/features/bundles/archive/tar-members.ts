import { pack, type Pack } from 'tar-stream';

/** The output is read at once, so no limit is needed. */
const UNLIMITED = { highWaterMark: Number.MAX_SAFE_INTEGER };
const TAR_BLOCK_BYTES = 512;
const FILE_MODE = 0o644;
const EPOCH = new Date(0);

type TakeBytes = (bytes: Buffer) => Promise<void> | undefined;

/** Writes a PAX tar, member by member. Owner, mode and time are the same for all of them. */
export class TarMembers {
  readonly #pack = openedPack();

  /** @param take gets the archive's bytes. */
  constructor(private readonly take: TakeBytes) {}

  /** Adds a member whose bytes are in memory. */
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
   * Adds a member whose bytes come in pieces.
   *
   * @throws the error of reading the pieces, or an error if they are not `size` bytes. The caller must then undo the
   * output since this call; after that the archive can be used further.
   */
  async addStream(name: string, size: number, pieces: AsyncIterable<Buffer>): Promise<void> {
    // A separate pack, because one that stopped in the middle of a member cannot be used further.
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

/** The first read opens it; only later reads return data. */
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
