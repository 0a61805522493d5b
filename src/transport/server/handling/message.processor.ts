import type { BaseRpcContext } from '@nestjs/microservices';

import type { Clock } from '../../clock.js';
import type { ReplyAddress } from '../../codec/reply-address.js';
import { NotRunError, UnknownPatternError, WeftError } from '../../errors/index.js';
import { errorType } from '../../observing/error-type.js';
import { quoted } from '../../observing/log-text.js';
import { runInMessageScope } from '../../message-scope.js';
import type { Sender } from '../../sender/sender.js';
import type { SnsSqsContext } from '../../sns-sqs.context.js';
import type { BoundQueue } from '../../topology/index.js';
import { traceHandling } from '../../tracing/message-tracing.js';
import type { TransportObserver } from '../../transport.observer.js';
import type { BatchProcessor } from './batch/batch.processor.js';
import { originalError } from './error-capture.js';
import { flatten, settled } from './flatten.js';
import {
  nameOf,
  type HandlerRegistry,
  type PatternHandlers,
  type RegisteredHandler,
} from './handler.registry.js';
import type { GuardedCall, IdempotencyGuard } from './idempotency.guard.js';
import type { Lease } from '../leases/lease.js';
import { messageContext } from './message.context.js';
import type { MessageReader, ReadMessage } from './message.reader.js';
import { Reply } from './reply.js';
import { ReplyAddresses } from './reply.addresses.js';
import { RequestDeadline } from './request.deadline.js';
import type { MessageSettlement } from '../settling/message.settlement.js';

/** Runs one handler within Nest's processing hooks. */
export type Invoke = (context: BaseRpcContext, work: () => Promise<void>) => Promise<void>;

export interface MessageProcessorParts {
  readonly queue: BoundQueue;
  readonly reader: MessageReader;
  readonly handlers: HandlerRegistry;
  readonly settlement: MessageSettlement;
  readonly batches: BatchProcessor;
  readonly sender: Sender;
  readonly replyQueuePrefix: string;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly observer: TransportObserver | undefined;
  /** Absent: every delivery runs its handlers. */
  readonly guard?: IdempotencyGuard | undefined;
}

/** A failed handler: the error it threw and the one Nest's filters made of it. */
class HandlerFailure extends Error {
  constructor(
    readonly original: unknown,
    readonly outcome: unknown,
  ) {
    super('The handler failed');
  }
}

/** Takes one message from its bytes to its settlement. */
export class MessageProcessor {
  readonly #addresses: ReplyAddresses;
  readonly #deadline: RequestDeadline;

  constructor(private readonly parts: MessageProcessorParts) {
    const { declaration, url } = parts.queue;
    this.#addresses = new ReplyAddresses({ name: declaration.name, url }, parts.replyQueuePrefix);
    this.#deadline = new RequestDeadline(declaration.name);
  }

  /** As `Work`. */
  async process(lease: Lease, behind: Lease[] = []): Promise<boolean> {
    const { settlement } = this.parts;
    if (!settlement.startable(lease)) return false;
    let message: ReadMessage;
    try {
      const read = this.parts.reader.read(lease.message, () => lease.signal);
      message = read instanceof Promise ? await read : read;
    } catch (error) {
      return settlement.fail(lease, undefined, error);
    }
    try {
      return await this.#dispatch(lease, message, behind);
    } finally {
      message.giveBack?.();
    }
  }

  async #dispatch(lease: Lease, message: ReadMessage, behind: Lease[]): Promise<boolean> {
    const { settlement, queue, handlers } = this.parts;
    // The lease of a message that waited for room may have run out meanwhile.
    if (message.giveBack && !settlement.startable(lease)) return false;
    const found = handlers.resolve(queue.declaration, message.pattern);
    if (!found && message.optional) return settlement.ack(lease);
    if (!found) {
      const { name } = queue.declaration;
      const error = new UnknownPatternError(
        `No handler of queue ${name} takes the pattern ${quoted(message.pattern)}`,
      );
      return settlement.fail(lease, message.pattern, error);
    }
    return this.#handle(lease, message, found, behind);
  }

  /** From here on no message waits for others to be handled with it. */
  drain(): void {
    this.parts.reader.drain();
    this.parts.batches.drain();
  }

  async #handle(
    lease: Lease,
    message: ReadMessage,
    found: PatternHandlers,
    behind: Lease[],
  ): Promise<boolean> {
    const { settlement, observer, queue } = this.parts;
    const startedMs = performance.now();
    const address = this.#addresses.read(message.attributes);
    if (address && this.#deadline.isOver(lease, address.timeoutMs, this.parts.clock.now())) {
      observer?.requestExpired?.(queue.declaration.name);
      return settlement.ack(lease);
    }
    if (found.batch) return this.parts.batches.process(lease, message, found, behind);
    const { messageId, receiveCount } = lease;
    const { pattern, data } = message;
    observer?.started?.(queue.declaration.name, { messageId, receiveCount, pattern, data });
    try {
      await (found.isEvent
        ? this.#runEvent(lease, message, found)
        : this.#runRequest(lease, message, found, address));
    } catch (error) {
      const { name } = queue.declaration;
      observer?.processed?.(name, found.pattern, performance.now() - startedMs, errorType(error));
      return settlement.fail(lease, message.pattern, error);
    }
    const durationMs = performance.now() - startedMs;
    observer?.processed?.(queue.declaration.name, found.pattern, durationMs);
    observer?.handled?.(queue.declaration.name, found.pattern, durationMs, messageId);
    return settlement.ack(lease);
  }

  /** Every handler runs to its end, each with a context of its own; the first failure is the message's. */
  async #runEvent(
    lease: Lease,
    message: ReadMessage,
    { handlers, pattern }: PatternHandlers,
  ): Promise<void> {
    const runs = handlers.map((handler) =>
      this.#run(lease, message, (context) =>
        this.#call(
          handler,
          { lease, message, context, pattern, handler: nameOf(handler), kind: 'event' },
          settled,
        ),
      ),
    );
    try {
      // Most patterns have one handler, which nobody has to be waited for with.
      if (runs.length > 1) await Promise.allSettled(runs);
      for (const run of runs) await run;
    } catch (failure) {
      throw failure instanceof HandlerFailure ? failure.original : failure;
    }
  }

  /** The answer goes out before the request is acknowledged; an error is an answer as well, unless it asks for a retry. */
  async #runRequest(
    lease: Lease,
    message: ReadMessage,
    { handlers, pattern }: PatternHandlers,
    address: ReplyAddress | undefined,
  ): Promise<void> {
    const handler = handlers[0] as RegisteredHandler;
    const reply = address && new Reply(this.parts.sender, address);
    try {
      const deliver = reply
        ? async (result: unknown) => reply.stream(flatten(await result))
        : settled;
      const kind = reply ? 'awaited' : 'request';
      await this.#run(lease, message, (context) =>
        this.#call(
          handler,
          { lease, message, context, pattern, handler: nameOf(handler), kind },
          deliver,
        ),
      );
    } catch (failure) {
      const { original, outcome } =
        failure instanceof HandlerFailure ? failure : new HandlerFailure(failure, failure);
      const again =
        original instanceof WeftError &&
        original.retryable &&
        !this.#isLast(lease) &&
        !reply?.started;
      if (!reply || again || original instanceof NotRunError) throw original;
      await reply.fail(outcome);
    }
  }

  #call(
    handler: RegisteredHandler,
    call: GuardedCall,
    deliver: (result: unknown) => Promise<void>,
  ): Promise<void> {
    const { guard } = this.parts;
    const handle = (): unknown => handler.call(call.message.data, call.context);
    return guard ? guard.run(call, handle, deliver) : deliver(handle());
  }

  async #run(
    lease: Lease,
    message: ReadMessage,
    work: (context: SnsSqsContext) => Promise<void>,
  ): Promise<void> {
    const context = messageContext(lease, message, this.parts.queue);
    try {
      await runInMessageScope({ correlationId: context.correlationId }, () =>
        traceHandling(context, () => this.parts.invoke(context, () => work(context))),
      );
    } catch (outcome) {
      throw new HandlerFailure(originalError(context, outcome), outcome);
    }
  }

  #isLast({ attempt }: Lease): boolean {
    const { maxReceiveCount } = this.parts.queue;
    return maxReceiveCount !== undefined && attempt >= maxReceiveCount;
  }
}
