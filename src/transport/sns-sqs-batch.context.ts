import { BaseRpcContext } from '@nestjs/microservices';

import type { SnsSqsContext } from './sns-sqs.context.js';

interface SnsSqsBatchContextFacts {
  readonly pattern: string;
  readonly queue: string;
  readonly fail: (index: number, error: unknown) => void;
  /** Aborted when the handler has run for too long. */
  readonly timeout?: AbortSignal | undefined;
}

/**
 * The context of a batch handler: facts about its messages, and `fail` for some of them. Inject it with `@Ctx()`.
 *
 * @example
 * `@OnBatch('order.placed', { items: OrderPlaced })`
 * async placed(`@Payload()` orders: OrderPlaced[], `@Ctx()` context: SnsSqsBatchContext): Promise<void> {
 *   const results = await this.orders.insertMany(orders, { signal: context.signal });
 *   for (const { index, error } of results.failed) context.fail(index, error);
 * }
 * @see https://docs.nestjs.com/microservices/basics#decorators
 */
export class SnsSqsBatchContext extends BaseRpcContext<[readonly SnsSqsContext[], string]> {
  readonly #facts: SnsSqsBatchContextFacts;
  #signal: AbortSignal | undefined;

  constructor(messages: readonly SnsSqsContext[], facts: SnsSqsBatchContextFacts) {
    super([messages, facts.queue]);
    this.#facts = facts;
  }

  /** The context of each message, at the position of its payload. */
  get messages(): readonly SnsSqsContext[] {
    return this.getArgByIndex(0);
  }

  /** The pattern the handler is registered for. */
  get pattern(): string {
    return this.#facts.pattern;
  }

  /** Name of the queue as the topology declares it. */
  get queue(): string {
    return this.#facts.queue;
  }

  /** The same as `pattern`, as contexts of Nest's own transports have it. */
  getPattern(): string {
    return this.pattern;
  }

  /**
   * Aborted when the handler's `timeoutMs` is over, and when this process has lost the leases of all messages; each
   * message's context has its own signal too.
   */
  get signal(): AbortSignal {
    const { timeout } = this.#facts;
    this.#signal ??= AbortSignal.any([
      whenAllAbort(this.messages.map(({ signal }) => signal)),
      ...(timeout ? [timeout] : []),
    ]);
    return this.#signal;
  }

  /**
   * Fails one message of the batch; the others are acknowledged when the handler ends. The error decides what happens
   * to the message, as if a handler of this message alone had thrown it. The first error counts.
   *
   * @param index position of the message, from 0.
   * @throws RangeError when there is no such position; Error when the handler has already ended.
   */
  fail(index: number, error: unknown): void {
    if (!(index in this.messages))
      throw new RangeError(`The batch has ${this.messages.length} messages, none at ${index}`);
    this.#facts.fail(index, error);
  }
}

function whenAllAbort(signals: readonly AbortSignal[]): AbortSignal {
  const all = new AbortController();
  let left = signals.length;
  const count = (): void => {
    left -= 1;
    if (left === 0) all.abort(new Error('The lease of every message of the batch was lost'));
  };
  for (const signal of signals) {
    if (signal.aborted) count();
    else signal.addEventListener('abort', count, { once: true });
  }
  return all.signal;
}
