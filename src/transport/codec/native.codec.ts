import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';
import { PATTERN_ATTRIBUTE } from '../sns-sqs.constants.js';
import { parseJson } from './json-body.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from './message.codec.js';
import { wireJson } from './wire-json.js';

class NativeCodec implements MessageCodec {
  readonly name = 'native';

  encode({ id, pattern, data, correlationId }: OutgoingPacket): EncodedMessage {
    return {
      body: wireJson({ id, pattern, correlationId, data: hasJson(data) ? data : null }),
      attributes: { [PATTERN_ATTRIBUTE]: { type: 'String', value: pattern } },
    };
  }

  decode({ body, attributes, fallback }: ReceivedMessage): DecodedMessage {
    const value = parseJson(body);
    const named = attributes.get(PATTERN_ATTRIBUTE) ?? fallbackOf(value, fallback);
    if (isPacket(value, named)) {
      return {
        pattern: value.pattern,
        data: value.data,
        id: textOf(value.id),
        correlationId: textOf(value.correlationId),
      };
    }
    if (named === undefined) {
      throw new InvalidMessageError(
        `The message names no pattern: neither an attribute "${PATTERN_ATTRIBUTE}" nor a body {"pattern","data"}`,
      );
    }
    return { pattern: named, data: value };
  }
}

/** A packet names its pattern itself, so it has no fallback. */
const fallbackOf = (value: unknown, fallback: string | undefined): string | undefined =>
  isPacket(value, undefined) ? undefined : fallback;

// Other data is sent as null: a packet without `data` would be read as data of another shape.
const hasJson = (data: unknown): boolean =>
  data !== undefined && typeof data !== 'function' && typeof data !== 'symbol';

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

interface NativePacket {
  pattern: string;
  data: unknown;
  id?: unknown;
  correlationId?: unknown;
}

function isPacket(value: unknown, named: string | undefined): value is NativePacket {
  return (
    isJsonObject(value) &&
    typeof value['pattern'] === 'string' &&
    Object.hasOwn(value, 'data') &&
    (named === undefined || named === value['pattern'])
  );
}

/**
 * Weft's own format, for every queue and route that names no other codec. The body is
 * `{"id","pattern","correlationId","data"}`, as Nest's packets are; the attribute `pattern` repeats the pattern for
 * filter policies. A body of another shape is read as the data itself if the message has the attribute `pattern`, so
 * that any program can send to a handler. If neither names a pattern, the queue's `fallback` takes the message.
 *
 * @throws InvalidMessageError for a body that is not JSON, or a message that names no pattern on a queue without `fallback`.
 * @example
 * const plainOrders: MessageCodec = {
 *   name: 'plain orders',
 *   encode: (packet) => nativeCodec.encode(packet),
 *   decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) }),
 * };
 */
export const nativeCodec: MessageCodec = new NativeCodec();
