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
  /** Who sends: a URI-reference, such as `/shop/orders`. With the event's id it names the event, so each sender has its own. */
  readonly source: string;
  /**
   * `structured`: the event is the body, one attribute says so. `binary`: the data is the body and each attribute of
   * the event an attribute of the message, for filter policies; that is six to seven of the ten a message has.
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
 * Both modes are read, whatever is written: binary where the attribute `ce-specversion` (or Kafka's `ce_specversion`) is
 * there, structured elsewhere. An idempotency store knows an event by its `source` and `id`. A correlation id
 * travels as the extension `correlationid`.
 *
 * There is no binding of CloudEvents to SNS and SQS: names of attributes are those of the bindings to HTTP and Pub/Sub.
 *
 * @param options for writing; without them the codec only reads.
 * @throws InvalidMessageError for what is no event of version 1.0, batches included; InvalidRecordError for what no event can
 * hold; InvalidOptionsError for a `source` that is no URI-reference.
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
