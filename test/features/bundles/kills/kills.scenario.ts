import { createHash } from 'node:crypto';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { AwsClients, type AwsClientsOptions } from '../../../../src/aws/index.js';
import { createIdempotencyTable } from '../../../../src/transport/idempotency/index.js';
import { bindTopology } from '../../../../src/transport/topology/index.js';
import { seeded } from '../../../support/seeded.js';
import { waitFor } from '../../../support/wait.js';
import { encodedKey, notificationOf, type Announced } from '../announcements.js';
import { account } from './accounting.js';
import { KilledBundlers } from './killed-bundlers.js';
import { killsTopology } from './kills.topology.js';

const KILLS = 10;
const MAX_OBJECTS_OF_A_BUNDLE = 250;
const PUTS_AT_ONCE = 50;

export interface KillsOptions {
  readonly aws: AwsClientsOptions;
  /** Part of the names of buckets, queue and table. */
  readonly name: string;
  readonly objects: number;
  /** What every notification has: given by an S3 that sends them itself. Absent: a small publisher sends them. */
  readonly sequencer?: string;
  /** Has the source bucket notify the queue, where S3 does. */
  readonly connect?: (bucket: string, queueUrl: string) => Promise<void>;
  readonly timeoutMs: number;
}

/** What was found when every message was accounted for; each list is empty if nothing is wrong. */
export interface KillsFindings {
  /** In no bundle, in several, or with other bytes. */
  readonly wrong: readonly string[];
  /** In a bundle though nobody stored them. */
  readonly strange: readonly string[];
  /** Deleted before they were fetched, and nothing says so. */
  readonly unexplained: readonly string[];
  /** Malformed, and not in the dead-letter queue with a reason. */
  readonly lost: readonly string[];
  readonly bundles: number;
}

/**
 * Stores objects, 20 % announced twice, 2 % malformed messages among them, some deleted before they
 * are fetched; kills the bundler ten times without a warning, lets the eleventh end, and accounts for
 * every one.
 */
export async function runKills(options: KillsOptions): Promise<KillsFindings> {
  const aws = new AwsClients(options.aws);
  try {
    return await new Kills(aws, options).run();
  } finally {
    aws.destroy();
  }
}

class Kills {
  readonly #random = seeded(5);
  readonly #bodies = new Map<string, string>();
  readonly #source: string;
  readonly #distribution: string;
  readonly #queue: string;
  readonly #table: string;
  #queueUrl = '';
  #deadLetterUrl = '';

  constructor(
    private readonly aws: AwsClients,
    private readonly options: KillsOptions,
  ) {
    const { name } = options;
    [this.#source, this.#distribution] = [`uploads-${name}`, `bundles-${name}`];
    [this.#queue, this.#table] = [`bundles-${name}-queue`, `bundles-${name}`];
  }

  async run(): Promise<KillsFindings> {
    const { connect, objects, timeoutMs } = this.options;
    await this.#prepare();
    await connect?.(this.#source, this.#queueUrl);
    const announced = await this.#store();
    const deleted = announced.filter((_, n) => n % 100 === 7);
    for (const { key } of deleted) {
      await this.aws.s3.send(new DeleteObjectCommand({ Bucket: this.#source, Key: key }));
    }
    const malformed = Array.from({ length: objects / 50 }, (_, n) =>
      n % 2 === 0 ? `{"Records":[{"n":${n}}]}` : `no JSON ${n}`,
    );
    const twice = announced.filter((_, n) => n % 5 === 0);
    const sent = connect ? twice : [...announced, ...twice];
    const messages = [...sent.map((object) => notificationOf(object)), ...malformed].toSorted(
      () => this.#random() - 0.5,
    );
    await this.#bundle(messages);
    await waitFor('the queue to be empty', () => this.#depth(), {
      until: (depth) => depth === 0,
      timeoutMs: timeoutMs / 2,
    });
    return this.#account(announced, deleted, malformed);
  }

  async #prepare(): Promise<void> {
    for (const Bucket of [this.#source, this.#distribution]) {
      await this.aws.s3.send(new CreateBucketCommand({ Bucket }));
    }
    await createIdempotencyTable(this.aws.dynamodb, this.#table);
    const bound = await bindTopology(killsTopology(this.#queue), this.aws, 'create');
    const { url, deadLetterUrl = '' } = bound.queue(this.#queue);
    [this.#queueUrl, this.#deadLetterUrl] = [url, deadLetterUrl];
  }

  async #store(): Promise<Announced[]> {
    const { objects } = this.options;
    const announced: Announced[] = [];
    for (let from = 0; from < objects; from += PUTS_AT_ONCE) {
      const some = Array.from({ length: PUTS_AT_ONCE }, (_, n) => this.#put(from + n));
      announced.push(...(await Promise.all(some)));
    }
    return announced;
  }

  async #put(n: number): Promise<Announced> {
    const key = `events/${n % 7}/${n} \u00fc.json`;
    const body = JSON.stringify({ key, noise: 'x'.repeat(Math.floor(this.#random() * 2000)) });
    this.#bodies.set(key, body);
    const { ETag } = await this.aws.s3.send(
      new PutObjectCommand({ Bucket: this.#source, Key: key, Body: body }),
    );
    const eTag = ETag?.replaceAll('"', '');
    const { sequencer = `sequencer-${n}` } = this.options;
    return { bucket: this.#source, key, size: Buffer.byteLength(body), eTag, sequencer };
  }

  async #bundle(messages: readonly string[]): Promise<void> {
    const half = Math.ceil(messages.length / 2);
    await this.#send(messages.slice(0, half));
    const bundlers = new KilledBundlers({
      aws: this.options.aws,
      queue: this.#queue,
      distributionBucket: this.#distribution,
      table: this.#table,
      maxObjects: MAX_OBJECTS_OF_A_BUNDLE,
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await bundlers.start();
      if (kill === KILLS / 2) await this.#send(messages.slice(half));
      await bundlers.killAfter(200 + this.#random() * 2500);
    }
    await bundlers.start();
    this.#bundlers = bundlers;
  }

  #bundlers: KilledBundlers | undefined;

  async #account(
    announced: readonly Announced[],
    deleted: readonly Announced[],
    malformed: readonly string[],
  ): Promise<KillsFindings> {
    await this.#bundlers?.kill();
    const { bundled, gone, bundles } = await account(this.aws.s3, this.#distribution);
    const dead = await this.#deadLetters();
    const isDeleted = new Set(deleted.map(({ key }) => key));
    const hashesOf = (key: string): string[] => [sha256(this.#bodies.get(key) ?? '')];
    const wrong = announced.filter(({ key }) => {
      const found = (bundled.get(key) ?? []).join();
      return found !== hashesOf(key).join() && !(isDeleted.has(key) && found === '');
    });
    const isExplained = ({ key }: Announced): boolean =>
      bundled.has(key) || gone.includes(key) || dead.some((body) => body.includes(encodedKey(key)));
    return {
      wrong: wrong.map(({ key }) => `${key}: ${(bundled.get(key) ?? []).length} times`),
      strange: [...bundled.keys()].filter((key) => !this.#bodies.has(key)),
      unexplained: deleted.filter((one) => !isExplained(one)).map(({ key }) => key),
      lost: malformed.filter((body) => !dead.includes(body)),
      bundles,
    };
  }

  async #send(messages: readonly string[]): Promise<void> {
    for (let from = 0; from < messages.length; from += 10) {
      const Entries = messages
        .slice(from, from + 10)
        .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await this.aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }));
    }
  }

  /** How many messages the queue holds, those in flight included. */
  async #depth(): Promise<number> {
    const { Attributes: counts = {} } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = counts;
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  }

  /** Bodies of the dead letters that say why they are. */
  async #deadLetters(): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const { Messages: messages = [] } = await this.aws.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#deadLetterUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: 600,
        }),
      );
      if (messages.length === 0) return bodies;
      for (const { Body = '', MessageAttributes } of messages) {
        if (MessageAttributes?.['deadLetterReason']?.StringValue) bodies.push(Body);
      }
    }
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
