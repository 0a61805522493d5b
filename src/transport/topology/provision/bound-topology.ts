import { NoRouteError, TopologyError } from '../../errors/index.js';
import type { MessageCodec, MessageDecoder } from '../../codec/message.codec.js';
import type { ExpectedEnvelopes } from '../../codec/sns-envelope.js';
import { nativeCodec } from '../../codec/native.codec.js';
import { isFifoName } from '../../../common/resource-names.js';
import { covers } from '../declare/pattern.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import type {
  QueueDeclaration,
  RouteDeclaration,
  SubscriptionDeclaration,
  Topology,
} from '../declare/topology.js';
import type { ExistingTopic } from './topology-state.js';

/** A subscription of a per-process queue. */
interface WantedSubscription {
  readonly topicArn: string;
  readonly declared: SubscriptionDeclaration;
}

/** A declared queue with its URL. */
export interface BoundQueue {
  readonly declaration: QueueDeclaration;
  readonly url: string;
  readonly fifo: boolean;
  readonly codec: MessageDecoder;
  /** Seconds requested with each receive: as declared, or the queue's own setting. */
  readonly visibilityTimeoutS: number;
  readonly deadLetterUrl?: string;
  /** Receives before SQS itself moves a message; undefined without a redrive policy. */
  readonly maxReceiveCount?: number;
  /** Maximum bytes of a message; undefined if AWS does not report it. */
  readonly maxMessageBytes?: number;
  /** The envelopes that are trusted; others are data of their senders. */
  readonly envelopes: ExpectedEnvelopes;
  /** ARNs of every topic whose nested or signed envelopes are trusted. @defaultValue none */
  readonly envelopeTopics?: readonly string[];
  /**
   * Creates a per-process queue again; absent for any other queue.
   *
   * @param gone the error that showed that the queue is deleted; it is the cause of a rejection, which marks the queue
   * as down.
   */
  readonly restore?: (gone: unknown) => Promise<void>;
}

/** A declared broadcast, with all that a process needs to create its queue. */
export interface BoundBroadcast extends Omit<BoundQueue, 'url' | 'restore'> {
  readonly attributes: QueueAttributes;
  readonly subscriptions: readonly WantedSubscription[];
}

/** The destination of a pattern. */
export interface Destination {
  readonly kind: 'topic' | 'queue';
  /** ARN of the topic or URL of the queue. */
  readonly address: string;
  readonly fifo: boolean;
  readonly codec: MessageCodec;
  /** Maximum bytes of a message; undefined for the default of its kind. */
  readonly maxMessageBytes?: number | undefined;
}

/** A topology with the ARNs and URLs of its names. */
export class BoundTopology {
  readonly #destinations = new Map<string, Destination>();

  constructor(
    readonly topology: Topology,
    readonly queues: readonly BoundQueue[],
    private readonly found: { readonly topics: ReadonlyMap<string, ExistingTopic> },
    readonly broadcasts: readonly BoundBroadcast[] = [],
  ) {}

  /** By the names the topics are declared with. */
  get topicArns(): ReadonlyMap<string, string> {
    return new Map([...this.found.topics].map(([name, { arn }]) => [name, arn]));
  }

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
      const { fifo = isFifoName(address), maxMessageBytes } = queue ?? {};
      return { kind: 'queue', address, fifo, maxMessageBytes };
    }
    const topic = this.found.topics.get(route.topic);
    const address = topic?.arn ?? route.topic;
    const declared = this.topology.topics.find(({ name }) => name === route.topic);
    const maxMessageBytes =
      declared?.maxMessageBytes ?? (Number(topic?.settings['MaximumMessageSize']) || undefined);
    return { kind: 'topic', address, fifo: isFifoName(address), maxMessageBytes };
  }
}
