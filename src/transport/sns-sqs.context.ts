import type { Message } from '@aws-sdk/client-sqs';
import { BaseRpcContext } from '@nestjs/microservices';

import type { Lease } from './server/leases/lease.js';

export interface SnsSqsContextFacts {
  readonly pattern: string;
  readonly queue: string;
  readonly correlationId: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly binaryAttributes?: ReadonlyMap<string, Uint8Array>;
  /** What the message's format says beside pattern and data. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  readonly maxReceiveCount: number | undefined;
  /** Aborted when the handler has run for too long. */
  readonly timeout?: AbortSignal | undefined;
}

/**
 * What a handler may know of its message; inject it with `@Ctx()`.
 *
 * @example
 * `@OnEvent('order.placed')`
 * place(`@Payload()` order: Order, `@Ctx()` context: SnsSqsContext) {
 *   return this.orders.place(order, { signal: context.signal });
 * }
 * @see https://docs.nestjs.com/microservices/basics#decorators
 */
export class SnsSqsContext extends BaseRpcContext<[Message, string]> {
  readonly #lease: Lease;
  readonly #facts: SnsSqsContextFacts;
  #signal: AbortSignal | undefined;

  constructor(lease: Lease, facts: SnsSqsContextFacts) {
    // What came from SQS is what SQS's own client calls a message.
    super([lease.message as Message, facts.queue]);
    this.#lease = lease;
    this.#facts = facts;
  }

  /** As the message names it; a `fallback` or a trailing `*` may have found the handler. */
  get pattern(): string {
    return this.#facts.pattern;
  }

  /** The same as `pattern`, as contexts of Nest's own transports have it. */
  getPattern(): string {
    return this.pattern;
  }

  /**
   * The attributes, as contexts of Nest's own transports have what a `setOnDispatchHook` of the sender attached.
   *
   * @see https://docs.nestjs.com/microservices/basics
   */
  getMetadata(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.attributes);
  }

  /** Name of the queue as the topology declares it. */
  get queue(): string {
    return this.#facts.queue;
  }

  /** The id SQS gave the message; the same at every receive. */
  get messageId(): string {
    return this.#lease.messageId;
  }

  /** Of the work the message belongs to; the message's own id where it names none. */
  get correlationId(): string {
    return this.#facts.correlationId;
  }

  /** Attributes as text, but for those of the type Binary; those of the SNS envelope included. */
  get attributes(): ReadonlyMap<string, string> {
    return this.#facts.attributes;
  }

  /** Attributes of the type Binary, those of the SNS envelope included. */
  get binaryAttributes(): ReadonlyMap<string, Uint8Array> {
    return this.#facts.binaryAttributes ?? new Map();
  }

  /**
   * What the message's format says beside pattern and data: the attributes of a CloudEvent (`source`, `subject`, …), or
   * the fields of an EventBridge event. Empty for other formats. Its sender wrote it: check what you rely on.
   */
  get header(): Readonly<Record<string, unknown>> {
    return this.#facts.header ?? {};
  }

  /** FIFO message group; undefined on standard queues. */
  get group(): string | undefined {
    return this.#lease.group;
  }

  /** How often SQS has given the message out, this time included. */
  get receiveCount(): number {
    return this.#lease.receiveCount;
  }

  /** Whether SQS moves the message to the dead-letter queue if this attempt fails. */
  get isLastAttempt(): boolean {
    const { maxReceiveCount } = this.#facts;
    return maxReceiveCount !== undefined && this.#lease.attempt >= maxReceiveCount;
  }

  /** Aborted when the message is no longer this process's to handle, and when its handler's `timeoutMs` is over. */
  get signal(): AbortSignal {
    if (this.#signal) return this.#signal;
    const { timeout } = this.#facts;
    if (!timeout) return this.#lease.signal;
    this.#signal = AbortSignal.any([this.#lease.signal, timeout]);
    return this.#signal;
  }

  /**
   * Aborts the handler's `signal` with another one too, such as that of work somebody has cancelled. For what
   * stands before the handler: a guard or an interceptor.
   */
  abortBy(signal: AbortSignal): void {
    this.#signal = AbortSignal.any([this.signal, signal]);
  }

  /** The message as SQS gave it. */
  getMessage(): Message {
    return this.getArgByIndex(0);
  }
}
