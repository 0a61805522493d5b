import { parseJsonObject } from '../../../../transport/codec/json-body.js';
import { isJsonObject } from '../../../../common/objects.js';
import {
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../../../transport/codec/index.js';
import { InvalidRecordError } from '../../../../transport/errors/index.js';
import { withFormat } from '../../../../messaging/index.js';
import { OPENLINEAGE_PATTERN } from './openlineage.constants.js';

/** Unchanged OpenLineage events; `eventType` is a String attribute. */
class OpenLineageCodec implements MessageCodec {
  readonly name = 'openlineage';

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!isJsonObject(data))
      throw new InvalidRecordError('openLineageCodec sends OpenLineage events only');
    const { eventType: type } = data;
    const attributes =
      typeof type === 'string' ? { eventType: { type: 'String', value: type } as const } : {};
    return { body: wireJson(data), attributes };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const data = parseJsonObject(body, 'An OpenLineage event');
    return { pattern: OPENLINEAGE_PATTERN, data };
  }
}

export const openLineageCodec: MessageCodec = withFormat(new OpenLineageCodec(), {
  attributes: ['eventType'],
  // Only by name, so that a reader of the document need not fetch anything.
  body: () => ({
    type: 'object',
    description: 'An event of OpenLineage, https://openlineage.io/spec/2-0-2/OpenLineage.json',
  }),
});
