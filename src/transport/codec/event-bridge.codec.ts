import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';
import { parseJson } from './json-body.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from './message.codec.js';

class EventBridgeCodec implements MessageDecoder {
  readonly name = 'event-bridge';

  decode({ body }: ReceivedMessage): DecodedMessage {
    const event = parseJson(body);
    if (!isJsonObject(event)) throw notOne('it is not a JSON object');
    const { detail, ...header } = event;
    const { id, 'detail-type': type } = header;
    if (typeof type !== 'string' || type === '') throw notOne('it has no detail-type');
    if (detail === undefined) throw notOne('it has no detail');
    return {
      pattern: type,
      data: detail,
      header,
      ...(typeof id === 'string' && id !== '' && { id }),
    };
  }
}

const notOne = (why: string): InvalidMessageError =>
  new InvalidMessageError(`The message is not an EventBridge event: ${why}`);

/**
 * Events that a rule of EventBridge sends to a queue: the pattern is the event's `detail-type`, such as `Order Placed`,
 * the data its `detail`, `context.header` has its other fields (`source`, `account`, `time`, …), and its `id` is the
 * message's, by which an idempotency store knows it again. The queue lets the
 * rule in by `senders: [{ rule }]`. Not for sending.
 *
 * @throws InvalidMessageError for what is no event.
 * @example
 * defineTopology({
 *   queues: [{ name: 'orders', patterns: ['Order*'], codec: eventBridgeCodec, senders: [{ rule: ruleArn }] }],
 * });
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const eventBridgeCodec: MessageDecoder = new EventBridgeCodec();
