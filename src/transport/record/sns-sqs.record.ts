import { InvalidRecordError } from '../errors/index.js';
import { MAX_DELAY_S, MAX_GROUP_ID_LENGTH } from '../sns-sqs.constants.js';

/** A value a custom attribute takes: string → String, number → Number, list → String.Array. */
export type AttributeValue = string | number | readonly (string | number | boolean | null)[];

export interface SnsSqsRecordOptions {
  /** FIFO message group, 1 to 128 characters. */
  readonly group?: string;
  /** Seconds before a queue shows the message, 0 to 900. Straight to a standard queue only. */
  readonly delayS?: number;
  /** Deduplication id on FIFO; also the message's own id. Default: a new UUID. */
  readonly id?: string;
  /** Custom attributes, for filter policies. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Milliseconds `send` waits for the answer. Default: the client's. */
  readonly timeoutMs?: number;
}

/** Data with per-message options; pass it to `emit` or `send` in place of the data. */
export class SnsSqsRecord<T = unknown> {
  constructor(
    readonly data: T,
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

  /** FIFO message group; messages of one group are handled in order. */
  withGroup(group: string): this {
    if (group.length === 0 || group.length > MAX_GROUP_ID_LENGTH) {
      throw new InvalidRecordError(
        `A message group has 1 to ${MAX_GROUP_ID_LENGTH} characters, not ${group.length}`,
      );
    }
    return this.#with({ group });
  }

  /** Seconds before the message becomes visible. */
  withDelay(seconds: number): this {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_DELAY_S) {
      throw new InvalidRecordError(
        `A delay is a whole number of seconds from 0 to ${MAX_DELAY_S}, not ${seconds}`,
      );
    }
    return this.#with({ delayS: seconds });
  }

  /** The message's own id; the same id twice within five minutes is one message on FIFO. */
  withId(id: string): this {
    if (!/^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/.test(id)) {
      throw new InvalidRecordError(
        'A message id has 1 to 128 printable ASCII characters without spaces',
      );
    }
    return this.#with({ id });
  }

  /** Adds custom attributes. */
  withAttributes(attributes: Readonly<Record<string, AttributeValue>>): this {
    return this.#with({ attributes: { ...this.#options.attributes, ...attributes } });
  }

  /** Milliseconds `send` waits for the answer. */
  withTimeout(timeoutMs: number): this {
    if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
      throw new InvalidRecordError(
        `A timeout is a positive number of milliseconds, not ${timeoutMs}`,
      );
    }
    return this.#with({ timeoutMs });
  }

  build(): SnsSqsRecord<T> {
    return new SnsSqsRecord(this.data, this.#options);
  }

  #with(options: SnsSqsRecordOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }
}

/** Short for `new SnsSqsRecordBuilder(data)`. */
export const record = <T>(data: T): SnsSqsRecordBuilder<T> => new SnsSqsRecordBuilder(data);
