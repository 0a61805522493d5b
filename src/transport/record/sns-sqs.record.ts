import { InvalidRecordError } from '../errors/index.js';
import { checkDelay, checkDueAt, checkId } from './limits.js';

/** A value a custom attribute takes: string → String, number → Number, list → String.Array, bytes → Binary. */
export type AttributeValue =
  string | number | Uint8Array | readonly (string | number | boolean | null)[];

/** What a record says of its message; the builder checks it. */
export interface SnsSqsRecordOptions {
  /** FIFO message group, 1 to 128 printable ASCII characters without spaces; a FIFO destination needs it. @defaultValue none */
  readonly group?: string;
  /**
   * Seconds before a queue shows the message. Up to 900 straight to a standard queue; longer ones, and those to topics and
   * FIFO queues, need the client's `delays`. @defaultValue the queue's own
   */
  readonly delayS?: number;
  /** The same as a time of day, by this machine's clock; one that is past delays nothing. @defaultValue none */
  readonly dueAt?: Date;
  /** Deduplication id on FIFO; also the message's own id. @defaultValue a new UUID */
  readonly id?: string;
  /** Custom attributes, for filter policies; at most 10 with the transport's own. @defaultValue none */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Milliseconds `send` waits for the answer. @defaultValue the client's `requestTimeoutMs` */
  readonly timeoutMs?: number;
}

/**
 * Data with per-message options; pass it to `emit` or `send` in place of the data. Usually built by {@link record}.
 *
 * @example
 * client.emit('order.placed', new SnsSqsRecord(order, { group: order.customer }));
 */
export class SnsSqsRecord<T = unknown> {
  constructor(
    /** What the handler gets. */
    readonly data: T,
    /** What its destination does not take is refused when it is sent. */
    readonly options: SnsSqsRecordOptions,
  ) {}
}

/**
 * Builds a {@link SnsSqsRecord}, as Nest's record builders do.
 *
 * @throws InvalidRecordError when a value is outside what SQS takes.
 * @example
 * client.emit('order.placed', record(order).withGroup(order.customer).build());
 */
export class SnsSqsRecordBuilder<T> {
  #options: SnsSqsRecordOptions = {};

  constructor(private readonly data: T) {}

  /**
   * FIFO message group; messages of one group are handled in order.
   *
   * @throws InvalidRecordError unless it has 1 to 128 printable ASCII characters without spaces.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagegroupid-property.html
   */
  withGroup(group: string): this {
    checkId('message group', group);
    return this.#with({ group });
  }

  /**
   * Before the message becomes visible: seconds, or a time. SQS itself delays up to 900 s, straight to a standard queue;
   * beyond that the client's `delays` keep the message, and without them it is refused when it is sent.
   *
   * @throws InvalidRecordError unless it is a whole number of seconds from 0, or a valid Date.
   */
  withDelay(delay: number | Date): this {
    const { delayS: _seconds, dueAt: _time, ...others } = this.#options;
    this.#options = others;
    if (typeof delay === 'number') {
      checkDelay(delay);
      return this.#with({ delayS: delay });
    }
    checkDueAt(delay);
    return this.#with({ dueAt: delay });
  }

  /**
   * The message's own id; the same id twice within five minutes is one message on FIFO.
   *
   * @throws InvalidRecordError unless it has 1 to 128 printable ASCII characters without spaces.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
   */
  withId(id: string): this {
    checkId('message id', id);
    return this.#with({ id });
  }

  /** Adds custom attributes; later ones win. What SNS and SQS do not take is found out when it is sent. */
  withAttributes(attributes: Readonly<Record<string, AttributeValue>>): this {
    return this.#with({ attributes: { ...this.#options.attributes, ...attributes } });
  }

  /** Milliseconds `send` waits for the answer. @throws InvalidRecordError unless it is a positive number. */
  withTimeout(timeoutMs: number): this {
    if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
      throw new InvalidRecordError(
        `A timeout is a positive number of milliseconds, not ${timeoutMs}`,
      );
    }
    return this.#with({ timeoutMs });
  }

  /** The record as it is now; the builder may go on. */
  build(): SnsSqsRecord<T> {
    return new SnsSqsRecord(this.data, this.#options);
  }

  #with(options: SnsSqsRecordOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }
}

/**
 * Short for `new SnsSqsRecordBuilder(data)`.
 *
 * @example
 * client.emit('order.placed', record(order).withId(order.id).withDelay(60).build());
 */
export const record = <T>(data: T): SnsSqsRecordBuilder<T> => new SnsSqsRecordBuilder(data);
