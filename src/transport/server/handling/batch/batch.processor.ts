import type { Clock } from '../../../clock.js';
import { PayloadPipe } from '../../../decorators/payload.pipe.js';
import { loadValidation } from '../../../validation/load-validation.js';
import { REPLY_TO_ATTRIBUTE } from '../../../sns-sqs.constants.js';
import {
  retryOf,
  type HandlerRegistry,
  type PatternHandlers,
  type RegisteredHandler,
} from '../handler.registry.js';
import type { Lease } from '../../leases/lease.js';
import { messageContext } from '../message.context.js';
import type { MessageBatches } from '../message.processor.js';
import type { MessageReader, ReadMessage } from '../message.reader.js';
import { BatchCollector } from './batch.collector.js';
import {
  DEFAULT_BATCH_LINGER_MS,
  DEFAULT_BATCH_MESSAGES,
} from '../../../decorators/batch.options.js';
import {
  BatchRunner,
  type BatchItem,
  type BatchRun,
  type BatchRunnerDependencies,
} from './batch.runner.js';

interface BatchProcessorDependencies extends BatchRunnerDependencies {
  readonly reader: MessageReader;
  readonly handlers: HandlerRegistry;
  /** Maximum messages in flight: a batch never waits for more. */
  readonly concurrency: number;
  readonly clock: Clock;
}

interface Gathering {
  readonly maxItems: number;
  readonly collector: BatchCollector<BatchItem>;
}

const UNCHECKED = new PayloadPipe();

/** Passes messages of one queue to their batch handlers, and settles each by itself. */
export class BatchProcessor implements MessageBatches {
  readonly #gatherings = new Map<string, Gathering>();
  #draining = false;

  constructor(private readonly dependencies: BatchProcessorDependencies) {}

  /** Gathers a message, and those behind it in its FIFO group, for its batch handler. */
  async process(
    lease: Lease,
    message: ReadMessage,
    found: PatternHandlers,
    behind: Lease[],
  ): Promise<boolean> {
    let head: BatchItem;
    try {
      head = await this.#item(lease, message, found);
    } catch (error) {
      return this.dependencies.settlement.fail(lease, message.pattern, error, retryOf(found));
    }
    const { collector, maxItems } = this.#gathering(found);
    const run = [head, ...(await this.#followers(found, behind, maxItems - 1))];
    await collector.add(run);
    return this.#settleInOrder(run, found, behind);
  }

  drain(): void {
    this.#draining = true;
    for (const { collector } of this.#gatherings.values()) collector.drain();
  }

  async #item(
    lease: Lease,
    message: ReadMessage,
    { batch = {} }: PatternHandlers,
  ): Promise<BatchItem> {
    const { items, itemPipe = UNCHECKED } = batch;
    if (items && !(itemPipe instanceof PayloadPipe))
      (await loadValidation()).assertBounded(items, message.data);
    const data: unknown = await itemPipe.transform(message.data, { type: 'body', metatype: items });
    const context = messageContext(lease, message, this.dependencies.queue);
    return { lease, message: { ...message, data }, context };
  }

  /** Takes the messages that can be handled together with the head of their group out of those waiting behind it. */
  async #followers(found: PatternHandlers, behind: Lease[], most: number): Promise<BatchItem[]> {
    const items: BatchItem[] = [];
    for (let next = behind[0]; next && items.length < most; next = behind[0]) {
      const item = await this.#follower(next, found);
      if (!item) break;
      takeOut(next, behind);
      items.push(item);
    }
    return items;
  }

  /**
   * Undefined for a message that needs a turn of its own: another handler's, one that cannot be read, or one whose body
   * is in S3, which might wait for memory that the head of its group holds.
   */
  async #follower(lease: Lease, found: PatternHandlers): Promise<BatchItem | undefined> {
    const { reader, handlers, queue } = this.dependencies;
    try {
      const message = reader.readAtHand(lease.message);
      const together =
        message !== undefined &&
        handlers.resolve(queue.declaration, message.pattern) === found &&
        !message.attributes.has(REPLY_TO_ATTRIBUTE);
      return together ? await this.#item(lease, message, found) : undefined;
    } catch {
      return undefined;
    }
  }

  /** No message is acknowledged before those in front of it in its group are off the queue. */
  async #settleInOrder(run: BatchRun, found: PatternHandlers, behind: Lease[]): Promise<boolean> {
    const [head] = run;
    behind.unshift(...run.slice(1).map(({ lease }) => lease));
    for (const item of run) {
      const { lease } = item;
      if (item !== head) {
        takeOut(lease, behind);
        lease.followers = head?.lease.followers;
      }
      if (await this.#settle(item, found)) {
        if (item.outcome?.ok) continue;
        return true;
      }
      if (item === head || lease.state !== 'held') return false;
      behind.unshift(lease);
      return true;
    }
    return true;
  }

  async #settle({ lease, message, outcome }: BatchItem, found: PatternHandlers): Promise<boolean> {
    if (!outcome) return false;
    const { settlement, observer, queue } = this.dependencies;
    if (!outcome.ok) return settlement.fail(lease, message.pattern, outcome.error, retryOf(found));
    observer?.handled?.({
      queue: queue.declaration.name,
      pattern: found.pattern,
      durationMs: outcome.durationMs,
      messageId: lease.messageId,
    });
    return settlement.ack(lease);
  }

  #gathering(found: PatternHandlers): Gathering {
    const known = this.#gatherings.get(found.pattern);
    if (known) return known;
    const { concurrency, clock } = this.dependencies;
    const { maxMessages = DEFAULT_BATCH_MESSAGES, lingerMs = DEFAULT_BATCH_LINGER_MS } =
      found.batch ?? {};
    const runner = new BatchRunner(
      this.dependencies,
      found.handlers[0] as RegisteredHandler,
      found.pattern,
    );
    const maxItems = Math.min(maxMessages, concurrency);
    const collector = new BatchCollector<BatchItem>({
      maxItems,
      lingerMs,
      clock,
      run: (runs) => runner.run(runs),
    });
    if (this.#draining) collector.drain();
    const gathering = { maxItems, collector };
    this.#gatherings.set(found.pattern, gathering);
    return gathering;
  }
}

/** By itself, not by its place: others may have come before it meanwhile, such as one that SQS delivers late. */
function takeOut(lease: Lease, behind: Lease[]): void {
  const at = behind.indexOf(lease);
  if (at >= 0) behind.splice(at, 1);
}
