import { InvalidOptionsError } from '../../errors/index.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageCodec,
  MessageDecoder,
  OutgoingPacket,
  ReceivedMessage,
} from '../message.codec.js';
import { isUri, type CloudEventAttributes } from './cloud-event.js';
import { readEvent } from './read-event.js';
import { headerOf, writeBinary, writeStructured } from './write-event.js';

/**
 * How `cloudEventsCodec` writes.
 *
 * @example
 * const options: CloudEventsOptions = { source: '/shop/orders', mode: 'binary' };
 */
export interface CloudEventsOptions {
  /**
   * The sender, as a URI-reference such as `/shop/orders`. Source and id together identify an event, so each sender
   * needs its own source.
   */
  readonly source: string;
  /**
   * `structured`: the body is the whole event, and one attribute says so. `binary`: the body is the data, and each
   * attribute of the event is a message attribute, for filter policies; this takes six or seven of the ten that a
   * message may have.
   *
   * @defaultValue 'structured'
   */
  readonly mode?: 'structured' | 'binary';
  /** Further attributes of an event. @defaultValue none */
  readonly attributes?: (packet: OutgoingPacket) => CloudEventAttributes;
}

class CloudEventsDecoder implements MessageDecoder {
  readonly name: string = 'cloud-events';

  decode(message: ReceivedMessage): DecodedMessage {
    return readEvent(message);
  }
}

class CloudEventsCodec implements MessageCodec {
  readonly name: string;
  readonly #write: typeof writeStructured;

  constructor(private readonly options: CloudEventsOptions) {
    const { source, mode = 'structured' } = options;
    if (!isUri(source))
      throw new InvalidOptionsError(
        'The source of CloudEvents must be a URI-reference without spaces, such as /shop/orders',
      );
    this.name = `cloud-events (${mode})`;
    this.#write = mode === 'binary' ? writeBinary : writeStructured;
  }

  encode(packet: OutgoingPacket): EncodedMessage {
    const { source, attributes } = this.options;
    return this.#write(headerOf(packet, source, attributes?.(packet) ?? {}), packet.data ?? null);
  }

  decode(message: ReceivedMessage): DecodedMessage {
    return readEvent(message);
  }
}

/**
 * CloudEvents 1.0. The event's `type` is the pattern, its `data` the data; `context.header` has its other attributes.
 * Both modes are read, whichever is written: a message with the attribute `ce-specversion` (or Kafka's
 * `ce_specversion`) is binary, any other structured. An idempotency store identifies an event by its `source` and `id`.
 * The correlation id is the extension `correlationid`.
 *
 * CloudEvents has no binding to SNS and SQS, so the attribute names are those of its HTTP and Pub/Sub bindings.
 *
 * @param options for writing; without them the codec only reads.
 * @throws InvalidMessageError for a message that is no event of version 1.0, or is a batch; InvalidRecordError for data
 * or attributes that no event can hold; InvalidOptionsError for a `source` that is no URI-reference.
 * @example
 * defineTopology({
 *   topics: [{ name: 'orders' }],
 *   queues: [{ name: 'billing', patterns: ['com.shop.*'], from: [{ topic: 'orders' }], codec: cloudEventsCodec() }],
 *   routes: [{ patterns: ['com.shop.*'], topic: 'orders', codec: cloudEventsCodec({ source: '/shop/orders' }) }],
 * });
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export function cloudEventsCodec(options: CloudEventsOptions): MessageCodec;
export function cloudEventsCodec(): MessageDecoder;
export function cloudEventsCodec(options?: CloudEventsOptions): MessageDecoder {
  return options ? new CloudEventsCodec(options) : new CloudEventsDecoder();
}
