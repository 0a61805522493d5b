import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes that are kept in memory before a file is made. */
const DEFAULT_MEMORY_BYTES = 4 * 1024 * 1024;

/**
 * Bytes that are written once and read again, such as a bundle before it is stored: the first few
 * MiB in memory, more in a temporary file.
 */
export class Spool {
  #chunks: Buffer[] = [];
  #file: FileHandle | undefined;
  #size = 0;

  constructor(private readonly memoryBytes = DEFAULT_MEMORY_BYTES) {}

  get size(): number {
    return this.#size;
  }

  /** @throws what the file system says, such as ENOSPC. */
  async append(bytes: Buffer): Promise<void> {
    if (!this.#file && this.#size + bytes.length > this.memoryBytes) await this.#spill();
    if (this.#file) await writeAll(this.#file, bytes, this.#size);
    // A copy: what zlib gives may be a small part of a large piece of memory.
    else this.#chunks.push(Buffer.from(bytes));
    this.#size += bytes.length;
  }

  /** Forgets what was appended after its first `size` bytes. */
  truncate(size: number): void {
    if (!this.#file) this.#chunks = [Buffer.concat(this.#chunks).subarray(0, size)];
    // What the file has beyond is written over, or never read.
    this.#size = size;
  }

  /** The bytes from one position to before another. */
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
      // Without a name it is gone with this process, however that ends.
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
