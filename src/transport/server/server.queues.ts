import { atMost } from '../../common/at-most.js';
import type { Clock } from '../clock.js';
import { ClientClosedError } from '../errors/index.js';
import { measureInFlight } from '../observing/messaging-metrics.js';
import { Sender } from '../sender/sender.js';
import type { SnsSqsConnection } from '../sns-sqs.connection.js';
import {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_SEND_LINGER_MS,
  REPLY_QUEUE_PREFIX,
} from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue, BoundTopology, QueueDeclaration } from '../topology/index.js';
import { Broadcasts } from './broadcast/broadcasts.js';
import type { CarriedQueues } from './carried.queues.js';
import type { PolledQueue, QueueHealth, QueueMaker } from './consumed.queue.js';
import { ConsumedQueues } from './consumed.queues.js';
import type { HandlerInvoker } from './handling/handler.invoker.js';
import type { HandlerRegistry } from './handling/handler.registry.js';
import { polledQueues } from './queue.consumer.js';
import type { QueueDependencies } from './queue.processor.js';
import { ReceivingStatus } from './receiving.status.js';

/** Milliseconds for the rest of closing, if handlers have used up all of `drainTimeoutMs`. */
const CLOSE_GRACE_MS = 2000;

interface ServerQueuesDependencies {
  readonly connection: SnsSqsConnection;
  readonly options: SnsSqsServerOptions;
  readonly queues: CarriedQueues;
  readonly handlers: HandlerRegistry;
  readonly invoker: HandlerInvoker;
  readonly clock: Clock;
  readonly realTime: Clock;
  readonly warn: (text: string, fields?: object) => void;
  /** Called with whether any queue can be received from, until closing; also when nothing has changed. */
  readonly onStatus: (status: 'connected' | 'disconnected') => void;
}

/** The pipelines of a server's queues, created at start and drained on close. */
export class ServerQueues {
  readonly #consumed = new ConsumedQueues();
  readonly #broadcasts: Broadcasts;
  readonly #status: ReceivingStatus;
  #maker: QueueMaker = polledQueues;
  #sender: Sender | undefined;
  #stopMeasuring: (() => void) | undefined;
  #closing = false;

  constructor(private readonly dependencies: ServerQueuesDependencies) {
    const { connection, options, clock, onStatus } = dependencies;
    this.#broadcasts = new Broadcasts(connection.broker, clock, options.observer);
    this.#status = new ReceivingStatus(
      () => this.#consumed.size,
      (status) => {
        if (!this.#closing) onStatus(status);
      },
    );
  }

  /** Replaces polled queues by others. Call it before `open`. */
  makeBy(maker: QueueMaker): void {
    this.#maker = maker;
  }

  health(): readonly QueueHealth[] {
    return this.#consumed.health();
  }

  /** @throws Error when the queue is not consumed here, or is handed its messages. */
  polled(name: string): PolledQueue {
    return this.#consumed.polled(name);
  }

  /** Creates the pipeline of each queue with handlers, and starts to receive. */
  async open(bound: BoundTopology): Promise<void> {
    const { options, queues, handlers } = this.dependencies;
    const dependencies = this.#dependencies();
    // Without a handler every message would be dead-lettered, although it may belong to another process or a later
    // handler.
    for (const declaration of queues.consumed.filter((queue) => handlers.handles(queue))) {
      if (this.#closing) return;
      const queue = await this.#bound(declaration, bound);
      if (!queue) continue;
      this.#consumed.add(declaration.name, this.#maker.open(queue, options, dependencies));
    }
    for (const { queue, maker } of queues.added)
      this.#consumed.add(
        `${queue.declaration.name} (handed in)`,
        maker.open(queue, options, dependencies),
      );
    if (this.#closing) return;
    this.#consumed.start();
    this.#stopMeasuring = measureInFlight(() => this.health());
  }

  /** Deletes this process's queues after a failed start, because such a process is not always closed. */
  abandon(): Promise<void> {
    return this.#broadcasts.close();
  }

  /**
   * Waits for handlers, sends answers and deletes this process's queues, within slightly more than `drainTimeoutMs`.
   */
  async close(): Promise<void> {
    this.#closing = true;
    const { options, realTime, warn } = this.dependencies;
    const { drainTimeoutMs = DEFAULT_DRAIN_TIMEOUT_MS } = options;
    const startedMs = realTime.monotonicMs();
    const running = await this.#consumed.drain(drainTimeoutMs);
    if (running > 0)
      warn('Handlers still ran at the end of the drain time: their messages are redelivered', {
        handlers: running,
        drainTimeoutMs,
      });
    this.#stopMeasuring?.();
    const leftMs = startedMs + drainTimeoutMs - realTime.monotonicMs();
    // Limited too, because answers may stall and the broker may be unreachable.
    if ((await atMost(realTime, Math.max(CLOSE_GRACE_MS, leftMs), this.#end())) === 'timedOut')
      warn('Closing took too long: answers are not sent, or queues of this process not deleted');
    this.#sender?.stop(new ClientClosedError('The server was closed before SQS had the answer'));
    this.#broadcasts.giveUp();
  }

  /** Side by side: answers that stall keep no queue from being deleted. */
  async #end(): Promise<void> {
    await Promise.all([this.#sender?.flush(), this.#broadcasts.close()]);
  }

  #dependencies(): QueueDependencies {
    const { connection, options, handlers, invoker, clock, realTime } = this.dependencies;
    const { broker, payloads } = connection;
    const { observer, replyQueuePrefix = REPLY_QUEUE_PREFIX } = options;
    // A server only sends answers, and each reply queue is deleted one day.
    const temporary = `${replyQueuePrefix}*`;
    const sending = { lingerMs: DEFAULT_SEND_LINGER_MS, observer, temporary, clock: realTime };
    this.#sender = new Sender(broker, sending, payloads);
    return {
      openQueue: broker.openQueue,
      payloads,
      sender: this.#sender,
      clock,
      realTime,
      handlers,
      invoker,
      onReceiving: this.#status.note,
    };
  }

  /** Undefined for a broadcast if the process cannot have its own queue. */
  async #bound(
    { name, broadcast }: QueueDeclaration,
    topology: BoundTopology,
  ): Promise<BoundQueue | undefined> {
    if (!broadcast) return topology.queue(name);
    const { withoutBroadcasts: reason } = this.#maker;
    if (reason === undefined) return this.#broadcasts.open(topology.broadcast(name));
    this.dependencies.warn('Broadcast queue left out', {
      queue: name,
      reason: `a broadcast ${reason}`,
    });
    return undefined;
  }
}
