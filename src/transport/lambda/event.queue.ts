import { PendingCounter } from '../../common/pending-counter.js';
import { atMost } from '../../common/at-most.js';
import { systemClock, type Clock } from '../clock.js';
import {
  StandardDispatcher,
  type Dispatcher,
  type Release,
  type Work,
} from '../server/dispatching/dispatcher.js';
import { FailurePolicy } from '../server/settling/failure.policy.js';
import { HandedInSettlement } from '../server/settling/handed-in.settlement.js';
import { FifoDispatcher } from '../server/dispatching/fifo.dispatcher.js';
import { Lease } from '../server/leases/lease.js';
import type { ConsumedQueue, QueueHealth } from '../server/consumed.queue.js';
import type { MessageProcessor } from '../server/handling/message.processor.js';
import {
  concurrencyOf,
  failureParts,
  queueProcessor,
  type QueueDependencies,
} from '../server/queue.processor.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import type { EventRecord } from './sqs-event.js';

/** The pipeline of one queue whose messages come in Lambda events. */
export class EventQueue implements ConsumedQueue {
  readonly #clock: Clock;
  readonly #realTime: Clock;
  readonly #settlement: HandedInSettlement;
  readonly #processor: MessageProcessor;
  readonly #concurrency: number;
  readonly #inFlight = new PendingCounter();

  constructor(
    readonly queue: BoundQueue,
    private readonly options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ) {
    this.#clock = dependencies.clock;
    this.#realTime = dependencies.realTime ?? systemClock;
    this.#concurrency = concurrencyOf(queue, options);
    const failures = new FailurePolicy(failureParts(queue, options, dependencies));
    this.#settlement = new HandedInSettlement({
      queue: queue.declaration.name,
      clock: this.#clock,
      observer: options.observer,
      // The event source deletes every message that was not reported as failed, so a dead letter is copied first.
      judge: async (lease, pattern, error) => {
        const action = failures.judge(lease, pattern, error);
        const off =
          action === 'discard' ||
          (action === 'deadLetter' &&
            this.#settlement.holds(lease) &&
            (await failures.deadLetter(lease, error)));
        return off ? 'handled' : 'retry';
      },
    });
    this.#processor = queueProcessor(queue, options, dependencies, this.#settlement);
  }

  /** Does nothing: Lambda brings the messages. */
  start(): void {}

  async drain(timeoutMs: number): Promise<number> {
    await atMost(this.#realTime, timeoutMs, this.#inFlight.whenNone());
    return this.#inFlight.count;
  }

  health(): QueueHealth {
    const { name } = this.queue.declaration;
    return { queue: name, inFlight: this.#inFlight.count, state: 'running' };
  }

  /**
   * Handles messages until all are settled or no time is left.
   *
   * @param leftMs milliseconds that are left, asked for again before each start.
   * @returns ids of the messages to redeliver.
   */
  async handle(records: readonly EventRecord[], leftMs: () => number): Promise<readonly string[]> {
    this.#inFlight.begin(records.length);
    try {
      return await this.#handle(records, leftMs);
    } finally {
      this.#inFlight.end(records.length);
    }
  }

  async #handle(records: readonly EventRecord[], leftMs: () => number): Promise<readonly string[]> {
    const timeMs = leftMs();
    const inTime = (): boolean => leftMs() > 0;
    const { observer } = this.options;
    const { name } = this.queue.declaration;
    observer?.received?.({ queue: name, messages: records.length });
    const leases = leasesOf(records, this.#clock.monotonicMs(), timeMs);
    const handled = new Set<Lease>();
    const settled = new Set<Lease>();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const settle = (lease: Lease, off: boolean): void => {
      settled.add(lease);
      if (off) handled.add(lease);
      if (settled.size === leases.length) end();
    };
    const dispatcher = this.#dispatcher(settle);
    for (const lease of leases)
      this.#settlement.watch(lease, (outcome) => settle(lease, outcome !== 'retry'), inTime);
    dispatcher.dispatch(leases);
    const stopTimer = this.#clock.after(Math.max(0, timeMs), end);
    await over;
    stopTimer();
    for (const lease of leases.filter((one) => !settled.has(one))) {
      lease.lose();
      observer?.leaseLost?.({ queue: name });
    }
    return leases.filter((lease) => !handled.has(lease)).map(({ messageId }) => messageId);
  }

  #dispatcher(settle: (lease: Lease, off: boolean) => void): Dispatcher {
    const slots = new ConcurrencyLimit(this.#concurrency);
    const work: Work = async (lease, behind) => {
      const goesOn = await slots.run(() => this.#processor.process(lease, behind));
      // Messages that were not started are not settled either.
      settle(lease, false);
      return goesOn;
    };
    const release: Release = (leases) => {
      for (const lease of leases) settle(lease, false);
      return Promise.resolve();
    };
    const parts = { work, release, isLast: () => false, now: () => this.#clock.monotonicMs() };
    return this.queue.fifo ? new FifoDispatcher(parts) : new StandardDispatcher(parts);
  }
}

/** Lambda identifies messages by id alone, so two copies of one share an outcome; only the first is handled. */
function leasesOf(records: readonly EventRecord[], nowMs: number, timeMs: number): Lease[] {
  const byId = new Map<string, Lease>();
  for (const { messageId, message } of records) {
    if (byId.has(messageId)) continue;
    const handle = message.ReceiptHandle ?? messageId;
    byId.set(messageId, new Lease(message, messageId, handle, nowMs, nowMs + timeMs));
  }
  return [...byId.values()];
}
