import { realTimeOf, type Clock } from '../../clock.js';
import type { ReplyAddress } from '../../codec/reply-address.js';
import { NotRunError, WeftError } from '../../errors/index.js';
import type { Sender } from '../../sender/sender.js';
import type { SnsSqsContext } from '../../sns-sqs.context.js';
import type { BoundQueue } from '../../topology/index.js';
import type { Lease } from '../leases/lease.js';
import type { MessageSettlement } from '../settling/message.settlement.js';
import { flatten, settled, type Deliver } from './flatten.js';
import { HandlerFailure, type HandlerInvoker, type HandlerLimit } from './handler.invoker.js';
import { HandlerStart } from './handler.start.js';
import { nameOf, type PatternHandlers, type RegisteredHandler } from './handler.registry.js';
import type { GuardedCall, IdempotencyGuard } from './idempotency.guard.js';
import { messageContext } from './message.context.js';
import type { ReadMessage } from './message.reader.js';
import { Reply } from './reply.js';

export interface MessageHandlersDependencies {
  readonly queue: BoundQueue;
  readonly invoker: HandlerInvoker;
  readonly sender: Sender;
  readonly settlement: MessageSettlement;
  readonly clock: Clock;
  /** Without it, every delivery runs the handlers. */
  readonly guard?: IdempotencyGuard | undefined;
}

/** A message and its handlers. */
export interface Handling {
  readonly lease: Lease;
  readonly message: ReadMessage;
  readonly found: PatternHandlers;
  /** Where the caller waits for an answer. */
  readonly address: ReplyAddress | undefined;
}

/** Runs the handlers of one message, and answers its caller. */
export class MessageHandlers {
  constructor(private readonly dependencies: MessageHandlersDependencies) {}

  /** @throws the error that decides what happens to the message. */
  run(handling: Handling): Promise<void> {
    const { found, address } = handling;
    // As with Nest's other transports, a request sent to an event handler is answered with its result.
    const isRequest = !found.isEvent || (address !== undefined && found.handlers.length === 1);
    return isRequest ? this.#runRequest(handling) : this.#runEvent(handling);
  }

  /** Answers a caller with the reason why no handler does. */
  refuse(address: ReplyAddress, error: WeftError): Promise<void> {
    return this.#reply(address).refuse(error);
  }

  /** Every handler runs to its end, with its own context; the first failure decides about the message. */
  async #runEvent(handling: Handling): Promise<void> {
    const { handlers } = handling.found;
    const runs = handlers.map((handler) => this.#call(handling, handler, 'event', settled));
    try {
      // Skips allSettled in the common case of a single handler.
      if (runs.length > 1) await Promise.allSettled(runs);
      for (const run of runs) await run;
    } catch (failure) {
      throw HandlerFailure.of(failure).original;
    }
    if (handling.address) await this.#reply(handling.address).end();
  }

  /**
   * The answer is sent before the request is acknowledged. An error is an answer too, unless it is retryable. Under
   * `durable` an error fails the message, and is answered only when no attempt follows.
   */
  async #runRequest(handling: Handling): Promise<void> {
    const { found, address, lease } = handling;
    const { settlement } = this.dependencies;
    const handler = found.handlers[0] as RegisteredHandler;
    const reply = address && this.#reply(address);
    const deliver: Deliver = reply
      ? async (result, beforeEnd) => reply.stream(flatten(await result), beforeEnd)
      : settled;
    try {
      await this.#call(handling, handler, reply ? 'awaited' : 'request', deliver);
    } catch (failure) {
      const { original, outcome } = HandlerFailure.of(failure);
      // The process that now has the message answers; an error from here would reach the caller first.
      if (!reply || original instanceof NotRunError || !settlement.holds(lease)) throw original;
      if (handler.durable === true) {
        if (isPermanent(original) || this.#isLast(lease)) await reply.fail(outcome);
        throw original;
      }
      const again =
        original instanceof WeftError &&
        original.retryable &&
        !this.#isLast(lease) &&
        !reply.started;
      if (again) throw original;
      await reply.fail(outcome);
    }
  }

  #call(
    { lease, message, found: { pattern } }: Handling,
    handler: RegisteredHandler,
    kind: GuardedCall['kind'],
    deliver: Deliver,
  ): Promise<void> {
    const { queue, guard, invoker, settlement } = this.dependencies;
    const limit = limitOf(handler, queue);
    const context: SnsSqsContext = messageContext(lease, message, queue, limit?.timeout.signal);
    const start = new HandlerStart(context, () => settlement.holds(lease));
    const handle = (): unknown => start.run(() => handler.call(message.data, context));
    const deliverBegun: Deliver = (result, beforeEnd) =>
      deliver(result, async () => {
        start.assertBegun();
        await beforeEnd?.();
      });
    const call = { lease, message, context, pattern, handler: nameOf(handler), kind };
    return invoker.handle(
      context,
      () => (guard ? guard.run(call, handle, deliverBegun) : deliverBegun(handle())),
      limit,
    );
  }

  #reply(address: ReplyAddress): Reply {
    const { sender, clock } = this.dependencies;
    return new Reply(sender, address, realTimeOf(clock));
  }

  #isLast({ attempt }: Lease): boolean {
    const { maxReceiveCount } = this.dependencies.queue;
    return maxReceiveCount !== undefined && attempt >= maxReceiveCount;
  }
}

/** As in the failure policy: any other error is retried. */
const isPermanent = (error: unknown): boolean => error instanceof WeftError && !error.retryable;

/** The decorator's limit, or else the queue's. */
export function limitOf(
  { timeoutMs: own }: RegisteredHandler,
  { declaration }: BoundQueue,
): HandlerLimit | undefined {
  const timeoutMs = own ?? declaration.timeoutMs;
  return timeoutMs === undefined ? undefined : { timeoutMs, timeout: new AbortController() };
}
