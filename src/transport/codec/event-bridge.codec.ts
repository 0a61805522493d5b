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
 * Reads events that a rule of EventBridge sends to a queue. The pattern is the event's `detail-type`, such as `Order
 * Placed`, the data its `detail`; `context.header` has its other fields (`source`, `account`, `time`, …). An
 * idempotency store identifies the message by the event's `id`. Allow the rule to send to the queue by `senders: [{
 * rule }]`. Not for sending.
 *
 * @throws InvalidMessageError for a message that is no event.
 * @example
 * defineTopology({
 *   queues: [{ name: 'orders', patterns: ['Order*'], codec: eventBridgeCodec, senders: [{ rule: ruleArn }] }],
 * });
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const eventBridgeCodec: MessageDecoder = new EventBridgeCodec();
