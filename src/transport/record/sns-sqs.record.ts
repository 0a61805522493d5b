import { InvalidRecordError } from '../errors/index.js';
import { checkDelay, checkDueAt, checkId } from './limits.js';

/** The value of a custom attribute: string → String, number → Number, list → String.Array, bytes → Binary. */
export type AttributeValue =
  string | number | Uint8Array | readonly (string | number | boolean | null)[];

/** Options of a record; the builder checks them. */
export interface SnsSqsRecordOptions {
  /** FIFO message group, 1 to 128 printable ASCII characters without spaces; a FIFO destination needs it. @defaultValue none */
  readonly group?: string;
  /**
   * Seconds until the message becomes visible. Up to 900 directly to a standard queue; longer delays, and delays to
   * topics and FIFO queues, need the client's `delays`. @defaultValue the queue's own delay
   */
  readonly delayS?: number;
  /**
   * The time at which the message becomes visible, by this machine's clock; a past time causes no delay.
   *
   * @defaultValue none
   */
  readonly dueAt?: Date;
  /** Deduplication id on FIFO; also the message's own id. @defaultValue a new UUID */
  readonly id?: string;
  /** Custom attributes, for filter policies; at most 10 with the transport's own. @defaultValue none */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Milliseconds `send` waits for the answer. @defaultValue the client's `requestTimeoutMs` */
  readonly timeoutMs?: number;
}

/**
 * Data with options for one message; pass it to `emit` or `send` in place of the data. Usually built by {@link record}.
 *
 * @example
 * client.emit('order.placed', new SnsSqsRecord(order, { group: order.customer }));
 */
export class SnsSqsRecord<T = unknown> {
  constructor(
    /** The handler's payload. */
    readonly data: T,
    /** Options that the destination does not support are refused when the message is sent. */
    readonly options: SnsSqsRecordOptions,
  ) {}
}

/**
 * Builds a {@link SnsSqsRecord}, as Nest's record builders do.
 *
 * @throws InvalidRecordError when SQS would refuse a value.
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
   * Delays the message by seconds, or until a time. SQS itself delays up to 900 s, directly to a standard queue.
   * Otherwise the client's `delays` keep the message; without them it is refused when it is sent.
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
   * The message's own id. On FIFO a second message with the same id within five minutes is dropped.
   *
   * @throws InvalidRecordError unless it has 1 to 128 printable ASCII characters without spaces.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
   */
  withId(id: string): this {
    checkId('message id', id);
    return this.#with({ id });
  }

  /** Adds custom attributes; later ones replace earlier ones. They are checked when the message is sent. */
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

  /** Builds the record; the builder can be used further. */
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
