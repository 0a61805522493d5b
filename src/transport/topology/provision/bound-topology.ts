import { NoRouteError, TopologyError } from '../../errors/index.js';
import type { MessageCodec } from '../../codec/message.codec.js';
import { nativeCodec } from '../../codec/native.codec.js';
import { isFifoName } from '../declare/names.js';
import { covers } from '../declare/pattern.js';
import type { QueueAttributes } from '../declare/queue-settings.js';
import type { WantedSubscription } from './queue.connector.js';
import type { QueueDeclaration, RouteDeclaration, Topology } from '../declare/topology.js';

/** A declared queue and where AWS keeps it. */
export interface BoundQueue {
  readonly declaration: QueueDeclaration;
  readonly url: string;
  readonly fifo: boolean;
  readonly codec: MessageCodec;
  /** Seconds, as the queue itself is set when it is not declared. */
  readonly visibilityTimeoutS: number;
  readonly deadLetterUrl?: string;
  /** Receives before SQS itself moves a message; undefined without a redrive policy. */
  readonly maxReceiveCount?: number;
  /**
   * Makes a queue of this process's own again, absent for any other queue.
   *
   * @param gone the error that told so; the cause of the one it rejects with, by which the queue is known to be down.
   */
  readonly restore?: (gone: unknown) => Promise<void>;
}

/** A declared broadcast: what a process needs to make its own queue of it. */
export interface BoundBroadcast extends Omit<BoundQueue, 'url' | 'restore'> {
  readonly attributes: QueueAttributes;
  readonly subscriptions: readonly WantedSubscription[];
}

/** Where a pattern goes. */
export interface Destination {
  readonly kind: 'topic' | 'queue';
  /** ARN of the topic or URL of the queue. */
  readonly address: string;
  readonly fifo: boolean;
  readonly codec: MessageCodec;
  /** What a topic declares; undefined for the default of its kind. */
  readonly maxMessageBytes?: number | undefined;
}

/** A topology whose names are known to AWS. */
export class BoundTopology {
  readonly #destinations = new Map<string, Destination>();

  constructor(
    readonly topology: Topology,
    readonly queues: readonly BoundQueue[],
    readonly topicArns: ReadonlyMap<string, string>,
    readonly broadcasts: readonly BoundBroadcast[] = [],
  ) {}

  queue(name: string): BoundQueue {
    const queue = this.queues.find(({ declaration }) => declaration.name === name);
    if (!queue) throw new TopologyError(`The queue ${name} is not declared in the topology`);
    return queue;
  }

  broadcast(name: string): BoundBroadcast {
    const broadcast = this.broadcasts.find(({ declaration }) => declaration.name === name);
    if (!broadcast)
      throw new TopologyError(`The broadcast ${name} is not declared in the topology`);
    return broadcast;
  }

  /** @throws NoRouteError when no route covers the pattern. */
  destination(pattern: string): Destination {
    const known = this.#destinations.get(pattern);
    if (known) return known;
    const found = this.#resolve(pattern);
    // Patterns come from code, not from messages, but a pattern built from data must not fill the memory.
    if (this.#destinations.size < 10_000) this.#destinations.set(pattern, found);
    return found;
  }

  #resolve(pattern: string): Destination {
    const route = this.topology.routes.find(({ patterns }) =>
      patterns.some((one) => covers(one, pattern)),
    );
    if (!route) {
      throw new NoRouteError(
        `No route is declared for the pattern "${pattern}": add it to the topology's routes`,
        {
          details: { pattern },
        },
      );
    }
    return { codec: route.codec ?? nativeCodec, ...this.#address(route) };
  }

  #address(route: RouteDeclaration): Omit<Destination, 'codec'> {
    if ('queue' in route) {
      const queue = this.queues.find(({ declaration }) => declaration.name === route.queue);
      const address = queue?.url ?? route.queue;
      return { kind: 'queue', address, fifo: queue?.fifo ?? isFifoName(address) };
    }
    const address = this.topicArns.get(route.topic) ?? route.topic;
    const declared = this.topology.topics.find(({ name }) => name === route.topic);
    const { maxMessageBytes } = declared ?? {};
    return { kind: 'topic', address, fifo: isFifoName(address), maxMessageBytes };
  }
}
