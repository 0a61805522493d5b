import type { Broker } from '../broker/broker.js';
import type { BrokerMessage, BrokerQueue } from '../broker/broker.queue.js';
import type { Clock } from '../clock.js';
import { createdAtMs, ProcessQueue } from '../process-queue/process.queue.js';
import type { ProcessQueueNames } from '../process-queue/process-queue.names.js';
import { MAX_BATCH_ENTRIES, MAX_WAIT_TIME_S, REPLY_RETENTION_S } from '../sns-sqs.constants.js';
import { isUrl } from '../../common/resource-names.js';

/**
 * Seconds until an answer is redelivered if its receive was lost. With SQS's default of 30 s, which is also how long a
 * caller waits, it would always come too late.
 */
const REPLY_VISIBILITY_S = 2;

/** Seconds of a long poll, which closing waits for. */
const NAMED_WAIT_TIME_S = 5;

/** The queue on which this process receives answers: created on demand and deleted on close, or an existing one. */
export class ReplyQueue {
  readonly #queue: BrokerQueue;

  private constructor(
    private readonly broker: Broker,
    readonly url: string,
    /** Deletes the queue that this process created; absent for an existing queue. */
    private readonly made?: ProcessQueue,
  ) {
    this.#queue = broker.openQueue(url);
  }

  static async create(broker: Broker, clock: Clock, names: ProcessQueueNames): Promise<ReplyQueue> {
    const attributes = {
      MessageRetentionPeriod: String(REPLY_RETENTION_S),
      VisibilityTimeout: String(REPLY_VISIBILITY_S),
    };
    const made = await ProcessQueue.create(broker.queues, clock, names, attributes);
    return new ReplyQueue(broker, made.url, made);
  }

  /** Opens an existing queue by name or URL; no other process may receive from it. */
  static async named(broker: Broker, name: string): Promise<ReplyQueue> {
    return new ReplyQueue(broker, isUrl(name) ? name : await broker.queues.urlOf(name));
  }

  /**
   * One long poll. The signal aborts it only on a queue that this process created: messages taken by an aborted poll
   * are deleted with that queue, but would be lost on one that remains.
   */
  receive(signal: AbortSignal): Promise<readonly BrokerMessage[]> {
    return this.#queue.receive({
      maxMessages: MAX_BATCH_ENTRIES,
      waitTimeS: this.made ? MAX_WAIT_TIME_S : NAMED_WAIT_TIME_S,
      visibilityTimeoutS: REPLY_VISIBILITY_S,
      signal: this.made && signal,
    });
  }

  /**
   * Epoch milliseconds, by SQS's clock, at which the queue was created. A queue of this process is created when it is
   * opened.
   */
  createdAtMs(): Promise<number> {
    return createdAtMs(this.broker.queues, this.url);
  }

  async delete(messages: readonly BrokerMessage[]): Promise<void> {
    await this.#queue.delete(messages.map(({ ReceiptHandle: handle = '' }) => handle));
  }

  /** Deletes the queue, if it is ours. */
  async drop(): Promise<void> {
    await this.made?.delete();
  }
}
