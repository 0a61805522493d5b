import { Logger } from '@nestjs/common';

import { atMost } from '../../common/at-most.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { ClientClosedError } from '../errors/index.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import type { PolledQueue, QueueHealth, QueueMaker } from './consumed.queue.js';
import { StandardDispatcher, type Dispatcher, type Work } from './dispatching/dispatcher.js';
import { FifoDispatcher } from './dispatching/fifo.dispatcher.js';
import { HeldWork } from './dispatching/held-work.js';
import type { Lease } from './leases/lease.js';
import { Poller, type PollerState } from './polling/poller.js';
import { STUCK, StuckSlots } from './polling/stuck.slots.js';
import { queuePipeline, type QueuePipeline } from './queue.pipeline.js';
import type { QueueDependencies } from './queue.processor.js';

/** While a queue is drained, no later message will complete a batch of acknowledgements. */
const FLUSH_INTERVAL_MS = 5;

/** A poll beside another waits a second. What is released later is received again by the one long poll at most. */
const MAX_POLLS_WAIT_MS = 1500;

const RECEIVED_ONCE =
  'The redrive policy of the queue has maxReceiveCount 1: a failure or a crash dead-letters a message at its first try. Set it to 2 or more';

/** A queue that is polled: what was received is leased, dispatched, handled and settled, and at last drained. */
export class QueueConsumer implements PolledQueue {
  readonly #logger = new Logger(QueueConsumer.name);
  readonly #pipeline: QueuePipeline;
  readonly #slots: StuckSlots;
  readonly #held: HeldWork;
  readonly #dispatcher: Dispatcher;
  readonly #poller: Poller;
  #draining = false;
  #closed = false;

  constructor(
    private readonly queue: BoundQueue,
    private readonly options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ) {
    const { name } = queue.declaration;
    if (queue.maxReceiveCount === 1) this.#logger.warn(RECEIVED_ONCE, { queue: name });
    const pipeline = queuePipeline(queue, options, dependencies, this.#logger, () => {
      options.observer?.leaseLost?.({ queue: name });
      if (!this.#closed) this.#slots.look();
    });
    const { clock, realTime, receiver, capacity, leases } = pipeline;
    const { release, isLast } = pipeline.settlement;
    this.#pipeline = pipeline;
    this.#slots = new StuckSlots(leases, capacity, this.#logger, name);
    this.#held = new HeldWork(this.#work, release, clock);
    const parts = { work: this.#held.run, release, isLast, now: () => clock.monotonicMs() };
    this.#dispatcher = queue.fifo ? new FifoDispatcher(parts) : new StandardDispatcher(parts);
    this.#poller = new Poller({
      receive: (maxMessages, seconds) => receiver.receive(maxMessages, seconds),
      free: () => capacity.free,
      onMessages: (messages, sentAtMs) => this.#accept(messages, sentAtMs),
      waitTimeS: pipeline.waitTimeS,
      clock,
      realTime,
      outage: pipeline.outage('Receiving'),
      onReceiving: (receiving) => dependencies.onReceiving?.(name, receiving),
    });
  }

  start(): void {
    this.#pipeline.heartbeat.start();
    this.#poller.start();
  }

  /** No new messages; those in flight go on. */
  pause(): Promise<void> {
    return this.#poller.stop();
  }

  resume(): void {
    if (!this.#draining) this.#poller.start();
  }

  /** Changes how many messages may be in flight, from now on. */
  setConcurrency(concurrency: number): void {
    this.#pipeline.capacity.messages = concurrency;
    this.#poller.poll();
  }

  health(): QueueHealth {
    this.#slots.look();
    const polling = this.#poller.state();
    const state: PollerState =
      this.#slots.areAll && polling.state === 'running'
        ? { state: 'stalled', reason: STUCK }
        : polling;
    return {
      queue: this.queue.declaration.name,
      inFlight: this.#pipeline.leases.size,
      ...state,
    };
  }

  /**
   * No new polls. Handlers end under heartbeat, acknowledgements are flushed. What was received and not started becomes visible
   * when no poll of this process is open, which would receive it again; what SQS would not redeliver is handled.
   *
   * @returns how many handlers had not ended in time; their messages are redelivered when their lease runs out.
   */
  async drain(timeoutMs: number): Promise<number> {
    const { realTime, processor, acknowledger, heartbeat, leases } = this.#pipeline;
    this.#draining = true;
    const polls = this.#poller.stop();
    this.#dispatcher.drain();
    processor.drain();
    const stopFlushing = realTime.every(FLUSH_INTERVAL_MS, () => void acknowledger.flush());
    await atMost(realTime, timeoutMs, this.#drained(polls, timeoutMs));
    stopFlushing();
    heartbeat.stop();
    const running = leases.size;
    this.#giveUp();
    return running;
  }

  /** Nothing is begun, settled or asked of SQS any more, whatever still runs or arrives. */
  #giveUp(): void {
    const { leases, acknowledger, visibility } = this.#pipeline;
    this.#closed = true;
    leases.giveUp();
    acknowledger.stop(CLOSED);
    visibility.stop(CLOSED);
  }

  async #drained(polls: Promise<void>, timeoutMs: number): Promise<void> {
    const { realTime, leases, settlement } = this.#pipeline;
    await atMost(realTime, Math.min(MAX_POLLS_WAIT_MS, timeoutMs / 2), polls);
    this.#held.stop();
    this.#dispatcher.release();
    await polls;
    await leases.whenEmpty();
    // What was released stays invisible for a moment where its group needs it.
    const { promise: visible, resolve } = Promise.withResolvers<void>();
    realTime.after(Math.max(0, settlement.visibleAtMs - realTime.monotonicMs()), resolve);
    await visible;
  }

  /** The way of one message after its turn has come. A slot that it leaves is free for the next poll. */
  readonly #work: Work = async (lease, behind) => {
    const handled = await this.#pipeline.processor.process(lease, behind);
    if (this.#slots.areAll) this.#slots.look();
    this.#poller.poll();
    return handled;
  };

  /** The way of what one receive brought: each message is leased, then all are dispatched. */
  #accept(messages: readonly BrokerMessage[], sentAtMs: number): void {
    // By a poll that outlasted the time to close: SQS redelivers them when their leases end.
    if (this.#closed) return;
    const { clock, realTime, leases, capacity } = this.#pipeline;
    const { name } = this.queue.declaration;
    const { observer } = this.options;
    observer?.received?.({ queue: name, messages: messages.length });
    const nowMs = clock.monotonicMs();
    const askedAtMs = nowMs - (realTime.monotonicMs() - sentAtMs);
    leases.expire(nowMs);
    const taken: Lease[] = [];
    for (const message of messages) {
      const lease = this.#take(message, askedAtMs, nowMs);
      if (lease) taken.push(lease);
      else observer?.leaseLost?.({ queue: name });
    }
    capacity.received(Math.max(0, ...taken.map(({ bytes }) => bytes)));
    if (taken.length > 0) this.#dispatcher.dispatch(taken);
  }

  /** A group whose handler still runs, though its lease is lost, is left to run out as a whole. */
  #take(message: BrokerMessage, askedAtMs: number, nowMs: number): Lease | undefined {
    const { leases } = this.#pipeline;
    const group = message.Attributes?.['MessageGroupId'];
    const blocked = this.queue.fifo && leases.hasLost(group);
    return blocked ? undefined : leases.take(message, askedAtMs, nowMs);
  }
}

const CLOSED = new ClientClosedError('The server was closed before SQS answered');

/** Queues that are polled. */
export const polledQueues: QueueMaker = {
  open: (queue, options, dependencies) => new QueueConsumer(queue, options, dependencies),
};
