import type { Message } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../clock.js';
import { watchCalls, type WatchedCall } from '../observing/watch-calls.js';
import {
  DEFAULT_ACK_LINGER_MS,
  DEFAULT_MAX_LEASE_MS,
  DEFAULT_WAIT_TIME_S,
} from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import { Acknowledger } from './settling/acknowledger.js';
import { StandardDispatcher, type Dispatcher, type Work } from './dispatching/dispatcher.js';
import { FifoDispatcher } from './dispatching/fifo.dispatcher.js';
import { HeldWork } from './dispatching/held-work.js';
import { Heartbeat } from './leases/heartbeat.js';
import { LeaseRegistry } from './leases/lease.registry.js';
import type { MessageProcessor } from './handling/message.processor.js';
import { Poller, type PollerState } from './polling/poller.js';
import {
  concurrencyOf,
  failureParts,
  queueProcessor,
  type QueueDependencies,
} from './queue.processor.js';
import { Receiver } from './polling/receiver.js';
import { Settlement } from './settling/settlement.js';
import { VisibilityChanger } from './leases/visibility.changer.js';

// Nobody else will come to fill a batch of acknowledgements now.
const FLUSH_INTERVAL_MS = 5;

const STUCK =
  'every place is held by a handler that has not ended though the lease of its message is lost';

/**
 * What a queue is doing. `paused`: it was asked to. `down`: AWS refuses, with the reason. `stalled`: no poll ends, or
 * every place is held by a handler past its lease.
 *
 * @example
 * const ailing = server.health().filter(({ state }) => state === 'down' || state === 'stalled');
 */
export type QueueHealth = PollerState & {
  /** As the topology declares it. */
  readonly queue: string;
  /** Messages received and not settled, those that wait for their turn included. */
  readonly inFlight: number;
};

/** The receiving line of one queue: poller, leases and heartbeat, dispatcher, processor, settlement. */
export class QueueConsumer {
  readonly #clock: Clock;
  readonly #leases: LeaseRegistry;
  readonly #heartbeat: Heartbeat;
  readonly #poller: Poller;
  readonly #dispatcher: Dispatcher;
  readonly #held: HeldWork;
  readonly #processor: MessageProcessor;
  readonly #settlement: Settlement;
  readonly #acknowledger: Acknowledger;
  readonly #visibility: VisibilityChanger;
  #concurrency: number;
  readonly #logger = new Logger(QueueConsumer.name);
  /** Whether every place is held by a message that is no longer this process's. */
  #stuck = false;
  #draining = false;

  constructor(
    private readonly queue: BoundQueue,
    private readonly options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ) {
    const { aws, clock } = dependencies;
    this.#clock = clock;
    const { declaration, url, fifo, visibilityTimeoutS } = queue;
    this.#concurrency = concurrencyOf(queue, options);
    const calls = { system: 'aws_sqs', destination: declaration.name } as const;
    const watch = (operation: 'receive' | 'ack'): WatchedCall =>
      watchCalls(options.observer, { ...calls, operation });
    const receiver = new Receiver(aws.sqsPolling, queue, watch('receive'));
    this.#visibility = new VisibilityChanger(aws.sqs, url);
    // A FIFO group goes on only when its message is deleted: waiting for company would slow it for nothing.
    this.#acknowledger = new Acknowledger(
      aws.sqs,
      url,
      fifo ? 0 : (options.ackLingerMs ?? DEFAULT_ACK_LINGER_MS),
      clock,
      watch('ack'),
    );
    this.#leases = new LeaseRegistry({
      visibilityMs: visibilityTimeoutS * 1000,
      maxLeaseMs: options.maxLeaseMs ?? DEFAULT_MAX_LEASE_MS,
      onLost: () => {
        options.observer?.leaseLost?.(declaration.name);
        this.#lookForPlaces();
      },
    });
    this.#heartbeat = new Heartbeat(this.#leases, this.#visibility, visibilityTimeoutS, clock);
    this.#settlement = new Settlement({
      ...failureParts(queue, options, dependencies),
      leases: this.#leases,
      acknowledger: this.#acknowledger,
      visibility: this.#visibility,
      retry: { ...options.retry, ...declaration.retry },
      clock,
      maxReceiveCount: queue.maxReceiveCount,
    });
    this.#processor = queueProcessor(queue, options, dependencies, this.#settlement);
    const work: Work = async (lease, behind) => {
      const handled = await this.#processor.process(lease, behind);
      if (this.#stuck) this.#lookForPlaces();
      this.#poller.poll();
      return handled;
    };
    this.#held = new HeldWork(work, (lease) => this.#settlement.release(lease), clock);
    this.#dispatcher = fifo
      ? new FifoDispatcher(
          this.#held.run,
          (lease, hiddenS) => void this.#settlement.release(lease, hiddenS),
        )
      : new StandardDispatcher(work);
    this.#poller = new Poller({
      receive: (maxMessages, waitTimeS) => receiver.receive(maxMessages, waitTimeS),
      free: () => this.#concurrency - this.#leases.size,
      onMessages: (messages) => this.#accept(messages),
      waitTimeS: options.waitTimeS ?? DEFAULT_WAIT_TIME_S,
      clock,
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
    this.#concurrency = concurrency;
    this.#poller.poll();
  }

  health(): QueueHealth {
    this.#lookForPlaces();
    const polling = this.#poller.state();
    const { name } = this.queue.declaration;
    const state: PollerState =
      this.#stuck && polling.state === 'running' ? { state: 'stalled', reason: STUCK } : polling;
    return { queue: name, inFlight: this.#leases.size, ...state };
  }

  /** Whether a place is left, or can be hoped for; says once when none is. */
  #lookForPlaces(): void {
    const stuck = this.#leases.lost >= this.#concurrency;
    if (stuck && !this.#stuck)
      this.#logger.warn(`Queue ${this.queue.declaration.name} is stalled: ${STUCK}`);
    this.#stuck = stuck;
  }

  /**
   * No new polls; what was received and not started is shown again at once;
   * handlers end under heartbeat; acknowledgements are flushed.
   *
   * @returns how many handlers had not ended in time; their messages come again when their lease runs out.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.#draining = true;
    const polls = this.#poller.stop();
    this.#dispatcher.drain();
    this.#processor.drain();
    this.#held.stop();
    const ended = polls.then(() => this.#leases.whenEmpty());
    const flushing = setInterval(() => void this.#acknowledger.flush(), FLUSH_INTERVAL_MS);
    const timeout = new AbortController();
    await Promise.race([
      ended,
      sleep(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    clearInterval(flushing);
    this.#heartbeat.stop();
    return this.#leases.size;
  }

  #accept(messages: readonly Message[]): void {
    const { name } = this.queue.declaration;
    const nowMs = this.#clock.now();
    this.options.observer?.received?.(name, messages.length);
    for (const message of messages) {
      const lease = this.#leases.take(message, nowMs);
      if (!lease) this.options.observer?.leaseLost?.(name);
      else if (this.#draining) void this.#settlement.release(lease);
      else this.#dispatcher.dispatch(lease);
    }
  }
}
