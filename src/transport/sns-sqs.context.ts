import type { Message } from '@aws-sdk/client-sqs';
import { BaseRpcContext } from '@nestjs/microservices';

import type { Lease } from './server/leases/lease.js';

interface SnsSqsContextFacts {
  readonly pattern: string;
  readonly queue: string;
  readonly correlationId: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly binaryAttributes?: ReadonlyMap<string, Uint8Array>;
  /** Further fields of the message's format. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  readonly maxReceiveCount: number | undefined;
  /** Aborted when the handler has run for too long. */
  readonly timeout?: AbortSignal | undefined;
}

/**
 * The context of a handler: facts about its message. Inject it with `@Ctx()`.
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
    // A message received from SQS has the type of SQS's own client.
    super([lease.message as Message, facts.queue]);
    this.#lease = lease;
    this.#facts = facts;
  }

  /** The message's own pattern; the handler may be registered for a `fallback` or a wildcard. */
  get pattern(): string {
    return this.#facts.pattern;
  }

  /** The same as `pattern`, as contexts of Nest's own transports have it. */
  getPattern(): string {
    return this.pattern;
  }

  /**
   * The attributes, among them the metadata that the sender's `setOnDispatchHook` attached, as in Nest's own
   * transports.
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

  /** Correlation id of the work the message belongs to; the message's own id if it has none. */
  get correlationId(): string {
    return this.#facts.correlationId;
  }

  /** Attributes other than Binary, as text; includes those of the SNS envelope. */
  get attributes(): ReadonlyMap<string, string> {
    return this.#facts.attributes;
  }

  /** Attributes of the type Binary; includes those of the SNS envelope. */
  get binaryAttributes(): ReadonlyMap<string, Uint8Array> {
    return this.#facts.binaryAttributes ?? new Map();
  }

  /**
   * Further fields of the message's format: the attributes of a CloudEvent (`source`, `subject`, …), or the fields of
   * an EventBridge event. Empty for other formats. The sender wrote them: check those you rely on.
   */
  get header(): Readonly<Record<string, unknown>> {
    return this.#facts.header ?? {};
  }

  /** FIFO message group; undefined on standard queues. */
  get group(): string | undefined {
    return this.#lease.group;
  }

  /** How often SQS has delivered the message, including this time. */
  get receiveCount(): number {
    return this.#lease.receiveCount;
  }

  /** Whether SQS moves the message to the dead-letter queue if this attempt fails. */
  get isLastAttempt(): boolean {
    const { maxReceiveCount } = this.#facts;
    return maxReceiveCount !== undefined && this.#lease.attempt >= maxReceiveCount;
  }

  /** Aborted when this process has lost the message's lease, and when its handler's `timeoutMs` is over. */
  get signal(): AbortSignal {
    if (this.#signal) return this.#signal;
    const { timeout } = this.#facts;
    if (!timeout) return this.#lease.signal;
    this.#signal = AbortSignal.any([this.#lease.signal, timeout]);
    return this.#signal;
  }

  /**
   * Makes another signal abort the handler's `signal` too, such as that of cancelled work. For guards and interceptors.
   */
  abortBy(signal: AbortSignal): void {
    this.#signal = AbortSignal.any([this.signal, signal]);
  }

  /** The message as SQS delivered it. */
  getMessage(): Message {
    return this.getArgByIndex(0);
  }
}
