import type { Clock } from '../../clock.js';
import type { ReplyAddress } from '../../codec/reply-address.js';
import { UnknownPatternError, WeftError } from '../../errors/index.js';
import { errorType } from '../../observing/error-type.js';
import { quoted } from '../../observing/log-text.js';
import type { TransportObserver } from '../../transport.observer.js';
import type { Lease } from '../leases/lease.js';
import type { MessageSettlement } from '../settling/message.settlement.js';
import {
  isDurable,
  retryOf,
  type HandlerRegistry,
  type PatternHandlers,
} from './handler.registry.js';
import {
  MessageHandlers,
  type Handling,
  type MessageHandlersDependencies,
} from './message.handlers.js';
import { attributesOf, type MessageReader, type ReadMessage } from './message.reader.js';
import { ReplyAddresses } from './reply.addresses.js';
import { RequestDeadline } from './request.deadline.js';

/** Messages for batch handlers, which `batch/` gathers and settles. */
export interface MessageBatches {
  /**
   * @param behind messages handled in the same batch are taken from here; those that must wait are put back.
   * @returns whether the FIFO group may go on. Never rejects.
   */
  process(
    lease: Lease,
    message: ReadMessage,
    found: PatternHandlers,
    behind: Lease[],
  ): Promise<boolean>;
  /** From now on no message waits for others. */
  drain(): void;
}

interface MessageProcessorDependencies extends MessageHandlersDependencies {
  readonly reader: MessageReader;
  readonly handlers: HandlerRegistry;
  readonly settlement: MessageSettlement;
  readonly batches: MessageBatches;
  readonly replyQueuePrefix: string;
  readonly clock: Clock;
  readonly observer: TransportObserver | undefined;
}

/** Reads, handles and settles one message. */
export class MessageProcessor {
  readonly #addresses: ReplyAddresses;
  readonly #deadline: RequestDeadline;
  readonly #handlers: MessageHandlers;

  constructor(private readonly dependencies: MessageProcessorDependencies) {
    const { declaration, url } = dependencies.queue;
    this.#addresses = new ReplyAddresses(
      { name: declaration.name, url },
      dependencies.replyQueuePrefix,
    );
    this.#deadline = new RequestDeadline(declaration.name);
    this.#handlers = new MessageHandlers(dependencies);
  }

  /** As `Work`. */
  async process(lease: Lease, behind: Lease[] = []): Promise<boolean> {
    const { settlement, reader } = this.dependencies;
    if (!settlement.startable(lease)) return false;
    let message: ReadMessage;
    try {
      const read = reader.read(lease.message, () => lease.signal);
      message = read instanceof Promise ? await read : read;
    } catch (error) {
      return this.#refuse(
        lease,
        undefined,
        this.#addresses.read(attributesOf(lease.message)),
        error,
      );
    }
    try {
      return await this.#toHandlers(lease, message, behind);
    } finally {
      message.releaseBytes?.();
    }
  }

  /** From now on no message waits for others of its batch. */
  drain(): void {
    this.dependencies.reader.drain();
    this.dependencies.batches.drain();
  }

  /** The steps between reading a message and running its handlers, in order. */
  #toHandlers(lease: Lease, message: ReadMessage, behind: Lease[]): Promise<boolean> {
    const { settlement, queue, handlers, batches } = this.dependencies;
    const { pattern } = message;
    // The lease may have run out while the message waited for memory.
    if (message.releaseBytes && !settlement.startable(lease)) return Promise.resolve(false);
    const found = handlers.resolve(queue.declaration, pattern);
    if (!found && message.optional) {
      this.dependencies.observer?.ignored?.({ queue: queue.declaration.name });
      return settlement.ack(lease);
    }
    const address = this.#addresses.read(message.attributes);
    if (!found) return this.#refuse(lease, pattern, address, this.#unknown(pattern));
    if (found.batch) {
      return address
        ? this.#refuse(lease, pattern, address, onlyBatches(pattern))
        : batches.process(lease, message, found, behind);
    }
    if (!address || !this.#isOver(lease, address))
      return this.#handle({ lease, message, found, address });
    return isDurable(found)
      ? this.#handle({ lease, message, found, address: undefined })
      : this.#expire(lease, address);
  }

  async #handle(handling: Handling): Promise<boolean> {
    const { settlement, observer, queue } = this.dependencies;
    const { lease, message, found } = handling;
    const { name } = queue.declaration;
    const { messageId, receiveCount } = lease;
    const { pattern, data } = message;
    const startedMs = performance.now();
    observer?.started?.({ queue: name, messageId, receiveCount, pattern, data });
    try {
      await this.#handlers.run(handling);
    } catch (error) {
      const durationMs = performance.now() - startedMs;
      const facts = { queue: name, pattern: found.pattern, durationMs };
      observer?.processed?.({ ...facts, error: errorType(error) });
      return settlement.fail(lease, pattern, error, retryOf(found));
    }
    const durationMs = performance.now() - startedMs;
    const facts = { queue: name, pattern: found.pattern, durationMs };
    observer?.processed?.(facts);
    observer?.handled?.({ ...facts, messageId });
    return settlement.ack(lease);
  }

  /** The caller is told at once that no handler will answer, before the message is treated as failed. */
  async #refuse(
    lease: Lease,
    pattern: string | undefined,
    address: ReplyAddress | undefined,
    error: unknown,
  ): Promise<boolean> {
    if (address && error instanceof WeftError && !error.retryable)
      await this.#handlers.refuse(address, error);
    return this.dependencies.settlement.fail(lease, pattern, error);
  }

  #unknown(pattern: string): UnknownPatternError {
    const { name } = this.dependencies.queue.declaration;
    return new UnknownPatternError(
      `No handler of queue ${name} takes the pattern ${quoted(pattern)}`,
    );
  }

  #isOver(lease: Lease, { timeoutMs }: ReplyAddress): boolean {
    return this.#deadline.isOver(lease, timeoutMs, this.dependencies.clock.monotonicMs());
  }

  /** The caller no longer waits, and the request was only for the answer. */
  #expire(lease: Lease, { timeoutMs }: ReplyAddress): Promise<boolean> {
    const { settlement, clock, observer, queue } = this.dependencies;
    this.#deadline.warn(lease, timeoutMs, clock.monotonicMs());
    observer?.requestExpired?.({ queue: queue.declaration.name });
    return settlement.ack(lease);
  }
}

const onlyBatches = (pattern: string): UnknownPatternError =>
  new UnknownPatternError(
    `The pattern ${quoted(pattern)} has a batch handler, which answers no requests. Emit an event instead`,
  );
