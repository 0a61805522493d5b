import { Logger } from '@nestjs/common';

import { atMost } from '../../common/at-most.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { systemClock, type Clock } from '../clock.js';
import { OutageLog } from '../outage.log.js';
import { watchCalls, type WatchedCall } from '../observing/watch-calls.js';
import {
  DEFAULT_ACK_LINGER_MS,
  DEFAULT_MAX_IN_FLIGHT_BYTES,
  DEFAULT_MAX_LEASE_MS,
} from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import type { PolledQueue, QueueHealth, QueueMaker } from './consumed.queue.js';
import { Acknowledger } from './settling/acknowledger.js';
import { StandardDispatcher, type Dispatcher, type Work } from './dispatching/dispatcher.js';
import { FifoDispatcher } from './dispatching/fifo.dispatcher.js';
import { HeldWork } from './dispatching/held-work.js';
import { Heartbeat } from './leases/heartbeat.js';
import { LeaseRegistry } from './leases/lease.registry.js';
import type { MessageProcessor } from './handling/message.processor.js';
import type { Lease } from './leases/lease.js';
import { Capacity } from './polling/capacity.js';
import { Poller, type PollerState } from './polling/poller.js';
import {
  concurrencyOf,
  failureParts,
  queueProcessor,
  type QueueDependencies,
} from './queue.processor.js';
import { receiveSettings } from './polling/receive.settings.js';
import { Receiver } from './polling/receiver.js';
import { Settlement } from './settling/settlement.js';
import { VisibilityChanger } from './leases/visibility.changer.js';

// Nobody else will come to fill a batch of acknowledgements now.
const FLUSH_INTERVAL_MS = 5;

/** A poll beside another waits a second; what is released later comes back by the one long poll at most. */
const MAX_POLLS_WAIT_MS = 1500;

const RECEIVED_ONCE =
  'The redrive policy of the queue has maxReceiveCount 1: a failure or a crash dead-letters a message at its first try. Set it to 2 or more';

const STUCK =
  'every pool slot is held by a handler that has not ended though the lease of its message is lost';

/** The pipeline of one queue: poller, leases and heartbeat, dispatcher, processor, settlement. */
export class QueueConsumer implements PolledQueue {
  readonly #clock: Clock;
  readonly #realTime: Clock;
  readonly #leases: LeaseRegistry;
  readonly #heartbeat: Heartbeat;
  readonly #poller: Poller;
  readonly #dispatcher: Dispatcher;
  readonly #held: HeldWork;
  readonly #processor: MessageProcessor;
  readonly #settlement: Settlement;
  readonly #acknowledger: Acknowledger;
  readonly #capacity: Capacity;
  readonly #logger = new Logger(QueueConsumer.name);
  /** Whether every pool slot is held by a message that is no longer this process's. */
  #stuck = false;
  #draining = false;

  constructor(
    private readonly queue: BoundQueue,
    private readonly options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ) {
    const { clock, realTime = systemClock, openQueue } = dependencies;
    const { declaration, url, fifo } = queue;
    this.#clock = clock;
    this.#realTime = realTime;
    const broker = openQueue(url);
    const { visibilityTimeoutS, waitTimeS } = receiveSettings(queue, options);
    if (queue.maxReceiveCount === 1) this.#logger.warn(RECEIVED_ONCE, { queue: declaration.name });
    const calls = { system: 'aws_sqs', destination: declaration.name } as const;
    const watch = (operation: 'receive' | 'ack'): WatchedCall =>
      watchCalls(options.observer, { ...calls, operation });
    const outage = (what: string): OutageLog =>
      new OutageLog(this.#logger, clock, what, { queue: declaration.name });
    const receiver = new Receiver(broker, queue, visibilityTimeoutS, watch('receive'));
    const visibility = new VisibilityChanger({
      queue: broker,
      clock,
      realTime,
      outage: outage('Changing the visibility'),
    });
    this.#acknowledger = new Acknowledger({
      queue: broker,
      // A FIFO group goes on only when its message is deleted: waiting for company would slow it for nothing.
      lingerMs: fifo ? 0 : (options.ackLingerMs ?? DEFAULT_ACK_LINGER_MS),
      clock,
      realTime,
      outage: outage('Deleting messages'),
      watched: watch('ack'),
    });
    this.#leases = new LeaseRegistry({
      visibilityMs: visibilityTimeoutS * 1000,
      maxLeaseMs: options.maxLeaseMs ?? DEFAULT_MAX_LEASE_MS,
      onLost: () => {
        options.observer?.leaseLost?.({ queue: declaration.name });
        this.#lookForSlots();
      },
    });
    this.#heartbeat = new Heartbeat(this.#leases, visibility, visibilityTimeoutS, clock);
    this.#settlement = new Settlement({
      ...failureParts(queue, options, dependencies),
      leases: this.#leases,
      acknowledger: this.#acknowledger,
      visibility,
      retry: { ...options.retry, ...declaration.retry },
      clock,
      realTime,
      maxReceiveCount: queue.maxReceiveCount,
    });
    this.#processor = queueProcessor(queue, options, dependencies, this.#settlement);
    const work: Work = async (lease, behind) => {
      const handled = await this.#processor.process(lease, behind);
      if (this.#stuck) this.#lookForSlots();
      this.#poller.poll();
      return handled;
    };
    const { release, isLast } = this.#settlement;
    this.#held = new HeldWork(work, release, clock);
    const parts = { work: this.#held.run, release, isLast, now: () => clock.monotonicMs() };
    this.#dispatcher = fifo ? new FifoDispatcher(parts) : new StandardDispatcher(parts);
    this.#capacity = new Capacity(
      this.#leases,
      concurrencyOf(queue, options),
      options.maxInFlightBytes ?? DEFAULT_MAX_IN_FLIGHT_BYTES,
    );
    this.#poller = new Poller({
      receive: (maxMessages, seconds) => receiver.receive(maxMessages, seconds),
      free: () => this.#capacity.free,
      onMessages: (messages, sentAtMs) => this.#accept(messages, sentAtMs),
      waitTimeS,
      clock,
      realTime,
      outage: outage('Receiving'),
      onReceiving: (receiving) => dependencies.onReceiving?.(declaration.name, receiving),
    });
  }

  start(): void {
    this.#heartbeat.start();
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
    this.#capacity.messages = concurrency;
    this.#poller.poll();
  }

  health(): QueueHealth {
    this.#lookForSlots();
    const polling = this.#poller.state();
    const { name } = this.queue.declaration;
    const state: PollerState =
      this.#stuck && polling.state === 'running' ? { state: 'stalled', reason: STUCK } : polling;
    return { queue: name, inFlight: this.#leases.size, ...state };
  }

  /** Finds out whether every pool slot is held by a handler whose lease is lost, and logs it once. */
  #lookForSlots(): void {
    const stuck = this.#leases.lost >= this.#capacity.messages;
    if (stuck && !this.#stuck)
      this.#logger.warn('Queue is stalled', {
        queue: this.queue.declaration.name,
        reason: STUCK,
      });
    this.#stuck = stuck;
  }

  /**
   * No new polls. Handlers end under heartbeat, acknowledgements are flushed. What was received and not started becomes visible
   * when no poll of this process is open, which would receive it again; what SQS would not deliver again is handled.
   *
   * @returns how many handlers had not ended in time; their messages are redelivered when their lease runs out.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.#draining = true;
    const polls = this.#poller.stop();
    this.#dispatcher.drain();
    this.#processor.drain();
    const stopFlushing = this.#realTime.every(
      FLUSH_INTERVAL_MS,
      () => void this.#acknowledger.flush(),
    );
    await atMost(this.#realTime, timeoutMs, this.#drained(polls, timeoutMs));
    stopFlushing();
    this.#heartbeat.stop();
    return this.#leases.size;
  }

  async #drained(polls: Promise<void>, timeoutMs: number): Promise<void> {
    await atMost(this.#realTime, Math.min(MAX_POLLS_WAIT_MS, timeoutMs / 2), polls);
    this.#held.stop();
    this.#dispatcher.release();
    await polls;
    await this.#leases.whenEmpty();
    // What was released is invisible for a moment yet where its group needs it.
    const { promise: visible, resolve } = Promise.withResolvers<void>();
    this.#realTime.after(
      Math.max(0, this.#settlement.visibleAtMs - this.#realTime.monotonicMs()),
      resolve,
    );
    await visible;
  }

  #accept(messages: readonly BrokerMessage[], sentAtMs: number): void {
    const { name } = this.queue.declaration;
    const { observer } = this.options;
    observer?.received?.({ queue: name, messages: messages.length });
    const nowMs = this.#clock.monotonicMs();
    const askedAtMs = nowMs - (this.#realTime.monotonicMs() - sentAtMs);
    this.#leases.expire(nowMs);
    const taken: Lease[] = [];
    for (const message of messages) {
      const lease = this.#take(message, askedAtMs, nowMs);
      if (lease) taken.push(lease);
      else observer?.leaseLost?.({ queue: name });
    }
    this.#capacity.received(Math.max(0, ...taken.map(({ bytes }) => bytes)));
    if (taken.length > 0) this.#dispatcher.dispatch(taken);
  }

  /** A group whose handler still runs, though its lease is lost, is left to run out as a whole. */
  #take(message: BrokerMessage, askedAtMs: number, nowMs: number): Lease | undefined {
    const group = message.Attributes?.['MessageGroupId'];
    const blocked = this.queue.fifo && this.#leases.hasLost(group);
    return blocked ? undefined : this.#leases.take(message, askedAtMs, nowMs);
  }
}

/** Queues that are polled. */
export const polledQueues: QueueMaker = {
  open: (queue, options, dependencies) => new QueueConsumer(queue, options, dependencies),
};
