import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AwsClients } from '../../aws/index.js';
import { makeFolder } from '../../common/make-folder.js';
import { storageError, type Containers } from '../../messaging/index.js';
import { PermanentError } from '../../transport/errors/index.js';
import { MAX_SOURCE_BYTES, MAX_SPOOL_AGE_MS } from './query.constants.js';
import { formatOf, type ObjectPlace, type Source } from './query.dto.js';
import type { SourceFile } from './query.engine.js';

interface SpoolOptions {
  /** Parent of the folders of single Commands, which are deleted when the Command ends. */
  readonly dir: string;
  /** The containers that Commands may use. */
  readonly containers: Containers;
}

/** Provides stored objects as files while a query needs them. */
export class Spool {
  #swept: Promise<void> | undefined;

  constructor(
    private readonly aws: AwsClients,
    private readonly options: SpoolOptions,
  ) {}

  /** Deletes folders left by killed processes, but not those that live processes may be using. */
  async #sweep(): Promise<void> {
    const { dir } = this.options;
    makeFolder(dir);
    for (const name of await readdir(dir)) {
      const path = join(dir, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > MAX_SPOOL_AGE_MS) await rm(path, { recursive: true, force: true });
    }
  }

  /** Runs work with its own folder, which is deleted afterwards. */
  async use<T>(work: (folder: SpoolFolder) => Promise<T>): Promise<T> {
    await (this.#swept ??= this.#sweep());
    const path = await mkdtemp(join(this.options.dir, 'command-'));
    try {
      return await work(new SpoolFolder(this.aws, path, this.options.containers));
    } finally {
      await rm(path, { recursive: true, force: true });
    }
  }
}

export class SpoolFolder {
  #bytes = 0;

  constructor(
    private readonly aws: AwsClients,
    private readonly path: string,
    private readonly containers: Containers,
  ) {}

  /** A path of a new file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * Fetches the objects, one after another.
   *
   * @throws {PermanentError} for an object that does not exist, and if the objects exceed 1 GiB together.
   */
  async fetch(
    sources: Readonly<Record<string, Source>>,
    signal: AbortSignal,
  ): Promise<SourceFile[]> {
    const files: SourceFile[] = [];
    for (const [name, source] of Object.entries(sources)) {
      // A generated name, because a sender's text must not become a path.
      const file = this.file(`source-${files.length}`);
      await this.#at(source, () => this.#download(source, file, signal));
      files.push({ name, file, format: formatOf(source) ?? 'csv' });
    }
    return files;
  }

  /** @throws {PermanentError} if Commands may not write there; checked before anything runs. */
  check({ container }: ObjectPlace): void {
    this.containers.check(container);
  }

  /** Stores a file as an object of a checked container. @returns its number of bytes. */
  async store(
    file: string,
    { container, path }: ObjectPlace,
    signal: AbortSignal,
  ): Promise<number> {
    const { size } = await stat(file);
    const command = () =>
      new PutObjectCommand({
        Bucket: container,
        Key: path,
        Body: createReadStream(file),
        ContentLength: size,
        ContentType: 'application/vnd.apache.parquet',
      });
    await this.#at({ container, path }, () =>
      this.containers.writing(container, () =>
        this.aws.s3.send(command(), { abortSignal: signal }),
      ),
    );
    return size;
  }

  async #download(
    { container, path }: ObjectPlace,
    file: string,
    signal: AbortSignal,
  ): Promise<void> {
    this.containers.check(container);
    const command = new GetObjectCommand({ Bucket: container, Key: path });
    const { Body: body } = await this.aws.s3.send(command, { abortSignal: signal });
    if (!(body instanceof Readable))
      throw new PermanentError(`Object not found: ${container}/${path}`);
    const counted = new Transform({
      transform: (chunk: Buffer, _, done) => {
        this.#bytes += chunk.length;
        if (this.#bytes <= MAX_SOURCE_BYTES) done(null, chunk);
        else
          done(new PermanentError(`The sources have more than ${MAX_SOURCE_BYTES} bytes together`));
      },
    });
    await pipeline(body, counted, createWriteStream(file), { signal });
  }

  /** Translates an S3 error to containers and paths, as in storage Commands. */
  async #at<T>(place: ObjectPlace, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storageError(error, place);
    }
  }
}
