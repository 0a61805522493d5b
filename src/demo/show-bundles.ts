import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { chunksOf } from '../common/chunks.js';
import {
  bundlesSettings,
  memberName,
  unbundle,
  type Unbundled,
} from '../features/bundles/index.js';
import { consumes } from '../platform/config/index.js';
import type { DemoApi } from './demo.api.js';
import { forEachConcurrently } from '../transport/for-each-concurrently.js';
import type { InputFile, InputFolder } from './input-files.js';

const namesOf = ({ key, name }: { key: string; name: string }): [string, string] => [key, name];

const FILES_AT_ONCE = 8;
/** Records in one message; S3 writes one, other programs several. */
const RECORDS = 50;
const POLL_MS = 200;
/** Bundles are closed seconds after their first object (`BUNDLE_MAX_AGE_SECONDS`). */
const PATIENCE_MS = 180_000;

/** The verified bundles of the folder. */
interface ShownBundles {
  readonly objects: number;
  readonly bundles: number;
  /** Of the bundles. */
  readonly bytes: number;
}

/** Bundles the stored files, and extracts them again. */
export class ShowBundles {
  readonly #bucket: string | undefined;
  /** Files with names that every system accepts. */
  readonly #files: readonly InputFile[];

  constructor(
    private readonly api: DemoApi,
    input: InputFolder,
    private readonly container: string,
  ) {
    this.#files = input.files.filter(({ path }) => memberName(path).ok);
    this.#bucket = bundlesSettings.of(api.service.settings).distributionBucket;
  }

  /** False if the settings name no bucket for bundles, or another process makes them. */
  get possible(): boolean {
    return this.#bucket !== undefined && consumes(this.api.service.settings, 'bundles');
  }

  /**
   * Announces every file as S3 would (the embedded S3 does not), waits for the bundles and extracts them.
   *
   * @throws {Error} naming the first file that is in no bundle or whose bytes differ.
   */
  async run(): Promise<ShownBundles> {
    const before = new Set((await this.#stored()).keys());
    await this.#announce();
    const folder = await mkdtemp(join(tmpdir(), 'weft-demo-'));
    try {
      const read = new Map<string, Unbundled>();
      const stored = await this.#whenAllAreIn(before, read, folder);
      const names = new Map([...read.values()].flatMap(({ objects }) => objects.map(namesOf)));
      await forEachConcurrently(this.#files, FILES_AT_ONCE, async ({ file, path }) => {
        const extracted = join(folder, names.get(path) ?? path);
        const [is, wanted] = [await readFile(extracted), await readFile(file)];
        if (!is.equals(wanted)) throw new Error(`${path} came out of its bundle with other bytes`);
      });
      const bytes = [...read.keys()].reduce((sum, key) => sum + (stored.get(key) ?? 0), 0);
      return { objects: this.#files.length, bundles: read.size, bytes };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #announce(): Promise<void> {
    const { aws, settings } = this.api.service;
    const { queue } = bundlesSettings.of(settings);
    const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    const sequencer = randomUUID();
    const records = this.#files.map(({ path, bytes }) => ({
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: this.container },
        object: { key: encodeURIComponent(path), size: bytes, sequencer },
      },
    }));
    for (const some of chunksOf(records, RECORDS)) {
      const MessageBody = JSON.stringify({ Records: some });
      await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
  }

  /** Extracts each new bundle as it comes, until every file is there. */
  async #whenAllAreIn(
    before: ReadonlySet<string>,
    read: Map<string, Unbundled>,
    folder: string,
  ): Promise<ReadonlyMap<string, number>> {
    const { s3 } = this.api.service.aws;
    const missing = new Set(this.#files.map(({ path }) => path));
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const stored = await this.#stored();
      for (const key of stored.keys()) {
        if (before.has(key) || read.has(key)) continue;
        const found = await unbundle(`s3://${this.#bucket}/${key}`, { s3: () => s3, to: folder });
        const [fault] = found.faults;
        if (fault !== undefined) throw new Error(fault);
        read.set(key, found);
        for (const object of found.objects) missing.delete(object.key);
      }
      if (missing.size === 0) return stored;
      if (performance.now() > until) {
        const [path] = missing;
        throw new Error(`${missing.size} files are in no bundle, ${path} among them`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Bytes of each bundle by its key. */
  async #stored(): Promise<ReadonlyMap<string, number>> {
    const stored = new Map<string, number>();
    const pages = paginateListObjectsV2(
      { client: this.api.service.aws.s3 },
      { Bucket: this.#bucket },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = '', Size = 0 } of Contents) stored.set(Key, Size);
    }
    return stored;
  }
}
