import {
  CreateQueueCommand,
  DeleteQueueCommand,
  TagQueueCommand,
  type QueueAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { hostname } from 'node:os';

import { isNotFound } from '../../aws/index.js';
import type { Clock } from '../clock.js';
import { newOwnName, type OwnNames } from './own-name.js';
import { signsOfLife } from './signs-of-life.js';

/** Tags by which a queue tells whose it is and when its owner was last there. */
export const OWNER_TAG = 'weft:owner';
export const LAST_SEEN_TAG = 'weft:last-seen';

const MAX_TAG_LENGTH = 256;

/**
 * A queue of this process alone: made by it and deleted by it. Its tags show
 * that its owner lives; one whose owner died is swept by others.
 */
export class OwnQueue {
  readonly #name: string;
  #url = '';

  private constructor(
    private readonly sqs: SQSClient,
    private readonly clock: Clock,
    names: OwnNames,
    private readonly attributes: Partial<Record<QueueAttributeName, string>>,
    private readonly tags: Readonly<Record<string, string>>,
  ) {
    this.#name = newOwnName(names);
  }

  static async create(
    sqs: SQSClient,
    clock: Clock,
    names: OwnNames,
    attributes: Partial<Record<QueueAttributeName, string>>,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<OwnQueue> {
    const queue = new OwnQueue(sqs, clock, names, attributes, tags);
    await queue.make();
    signsOfLife(clock).watch(queue);
    return queue;
  }

  get url(): string {
    return this.#url;
  }

  /**
   * Makes the queue, also again when somebody has deleted it, under the name and URL it had.
   *
   * @throws QueueDeletedRecently within 60 s of that, as SQS keeps the name for so long.
   */
  async make(): Promise<void> {
    const { QueueUrl: url = '' } = await this.sqs.send(
      new CreateQueueCommand({
        QueueName: this.#name,
        Attributes: this.attributes,
        // Whoever finds the queue left behind can tell whose it was.
        tags: {
          ...this.tags,
          [OWNER_TAG]: hostname().slice(0, MAX_TAG_LENGTH),
          ...this.#lastSeen(),
        },
      }),
    );
    this.#url = url;
  }

  /** Tells whoever sweeps that the owner lives. */
  async touch(): Promise<void> {
    await this.sqs.send(new TagQueueCommand({ QueueUrl: this.#url, Tags: this.#lastSeen() }));
  }

  /** That it is gone already is no error. */
  async delete(): Promise<void> {
    signsOfLife(this.clock).forget(this);
    await this.sqs.send(new DeleteQueueCommand({ QueueUrl: this.#url })).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #lastSeen(): Record<string, string> {
    return { [LAST_SEEN_TAG]: new Date(this.clock.now()).toISOString() };
  }
}
