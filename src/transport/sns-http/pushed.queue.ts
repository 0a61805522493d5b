import { PendingCounter } from '../../common/pending-counter.js';
import { atMost } from '../../common/at-most.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { systemClock, type Clock } from '../clock.js';
import type { ConsumedQueue, QueueHealth } from '../server/consumed.queue.js';
import type { MessageProcessor } from '../server/handling/message.processor.js';
import { Lease } from '../server/leases/lease.js';
import {
  concurrencyOf,
  queueProcessor,
  type QueueDependencies,
} from '../server/queue.processor.js';
import { FailurePolicy } from '../server/settling/failure.policy.js';
import { HandedInSettlement, type Outcome } from '../server/settling/handed-in.settlement.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';

/** A queue without a broker: a caller hands in each message and waits for its outcome. */
export class PushedQueue implements ConsumedQueue {
  readonly #clock: Clock;
  readonly #realTime: Clock;
  readonly #settlement: HandedInSettlement;
  readonly #processor: MessageProcessor;
  readonly #concurrency: number;
  /** Ids of running messages: a duplicate is not started meanwhile. */
  readonly #running = new Set<string>();
  readonly #inFlight = new PendingCounter();
  /** Gives up each message whose sender still waits. */
  readonly #giveUps = new Set<() => void>();
  #draining = false;

  constructor(
    private readonly queue: BoundQueue,
    private readonly options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ) {
    const { observer, onPermanentError } = options;
    this.#clock = dependencies.clock;
    this.#realTime = dependencies.realTime ?? systemClock;
    this.#concurrency = concurrencyOf(queue, options);
    const failures = new FailurePolicy({
      queue: queue.declaration.name,
      deadLetters: undefined,
      // The sender dead-letters messages that are refused permanently.
      onPermanentError: onPermanentError === 'retry' ? 'retry' : 'discard',
      onFailure: undefined,
      observer,
    });
    this.#settlement = new HandedInSettlement({
      queue: queue.declaration.name,
      clock: this.#clock,
      observer,
      judge: (lease, pattern, error) =>
        failures.judge(lease, pattern, error) === 'retry' ? 'retry' : 'refused',
    });
    this.#processor = queueProcessor(queue, options, dependencies, this.#settlement);
  }

  /** Does nothing: callers bring the messages. */
  start(): void {}

  async drain(timeoutMs: number): Promise<number> {
    this.#draining = true;
    this.#processor.drain();
    await atMost(this.#realTime, timeoutMs, this.#inFlight.whenNone());
    const running = this.#running.size;
    // An HTTP server closes only once every request is answered.
    for (const giveUp of this.#giveUps) giveUp();
    return running;
  }

  health(): QueueHealth {
    const { name } = this.queue.declaration;
    return { queue: name, inFlight: this.#running.size, state: 'running' };
  }

  /**
   * Handles a message.
   *
   * @param timeMs milliseconds until the caller gives up; then the handler's signal is aborted.
   * @returns `retry` also if it was not started, because a duplicate or too many other messages are running.
   */
  async handle(message: BrokerMessage, messageId: string, timeMs: number): Promise<Outcome> {
    const isFull = this.#running.size >= this.#concurrency;
    if (this.#draining || isFull || this.#running.has(messageId)) return 'retry';
    const { observer } = this.options;
    const { name } = this.queue.declaration;
    observer?.received?.({ queue: name, messages: 1 });
    const nowMs = this.#clock.monotonicMs();
    const lease = new Lease(message, messageId, messageId, nowMs, nowMs + timeMs);
    const { promise: outcome, resolve: settle } = Promise.withResolvers<Outcome>();
    this.#settlement.watch(lease, settle);
    const giveUp = (): void => {
      lease.lose();
      observer?.leaseLost?.({ queue: name });
      settle('retry');
    };
    const stopTimer = this.#clock.after(timeMs, giveUp);
    this.#giveUps.add(giveUp);
    void this.#inFlight.run(() => this.#run(lease, settle));
    try {
      return await outcome;
    } finally {
      stopTimer();
      this.#giveUps.delete(giveUp);
    }
  }

  async #run(lease: Lease, settle: (outcome: Outcome) => void): Promise<void> {
    this.#running.add(lease.messageId);
    try {
      await this.#processor.process(lease);
    } catch (error) {
      await this.#settlement.fail(lease, undefined, error);
    } finally {
      // Messages that were not started are not settled either.
      settle('retry');
      this.#running.delete(lease.messageId);
    }
  }
}
