import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes kept in memory before a file is created. */
const DEFAULT_MEMORY_BYTES = 4 * 1024 * 1024;

/**
 * Holds bytes that are written once and then read, such as a bundle before it is stored: the first few MiB in memory,
 * the rest in a temporary file.
 */
export class Spool {
  #chunks: Buffer[] = [];
  #file: FileHandle | undefined;
  #size = 0;

  constructor(private readonly memoryBytes = DEFAULT_MEMORY_BYTES) {}

  get size(): number {
    return this.#size;
  }

  /** @throws errors of the file system, such as ENOSPC. */
  async append(bytes: Buffer): Promise<void> {
    if (!this.#file && this.#size + bytes.length > this.memoryBytes) await this.#spill();
    if (this.#file) await writeAll(this.#file, bytes, this.#size);
    // Copied, because zlib's output may be a small slice of a large buffer.
    else this.#chunks.push(Buffer.from(bytes));
    this.#size += bytes.length;
  }

  /** Drops everything after the first `size` bytes. */
  truncate(size: number): void {
    if (!this.#file) this.#chunks = [Buffer.concat(this.#chunks).subarray(0, size)];
    // The rest of the file is overwritten or never read.
    this.#size = size;
  }

  /** The bytes from `from` up to, not including, `to`. */
  async read(from: number, to: number): Promise<Buffer> {
    const end = Math.min(to, this.#size);
    if (!this.#file) {
      const whole = Buffer.concat(this.#chunks);
      this.#chunks = [whole];
      return whole.subarray(from, end);
    }
    const bytes = Buffer.alloc(Math.max(0, end - from));
    await readAll(this.#file, bytes, from);
    return bytes;
  }

  async dispose(): Promise<void> {
    this.#chunks = [];
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #spill(): Promise<void> {
    const path = join(tmpdir(), `weft-bundle-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    try {
      // An unlinked file disappears with this process, however that ends.
      await unlink(path).catch(() => undefined);
      await writeAll(file, Buffer.concat(this.#chunks), 0);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#chunks = [];
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error('The temporary file of a bundle ended too soon');
    done += bytesRead;
  }
}
