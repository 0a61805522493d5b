import { MAX_ATTRIBUTES } from '../../sns-sqs.constants.js';
import type { WireAttribute } from '../../broker/broker.js';
import { CONTENT_ENCODING } from './content-encoding.js';
import { ENCODINGS, type Compression } from './encodings.js';

/** The part of a message that compression changes. */
interface Compressible {
  readonly body: string;
  readonly attributes: Readonly<Record<string, WireAttribute>>;
}

/**
 * Whether to try: the body is large enough, no larger than receivers inflate, and the message has room for one more
 * attribute.
 */
export function isCompressible(
  { body, attributes }: Compressible,
  { aboveBytes, maxBytes }: Compression,
): boolean {
  const bytes = Buffer.byteLength(body);
  return (
    bytes > aboveBytes &&
    bytes <= maxBytes &&
    Object.keys(attributes).length < MAX_ATTRIBUTES &&
    !Object.hasOwn(attributes, CONTENT_ENCODING)
  );
}

/** The message with its body compressed, or unchanged if compression would not make it smaller. */
export async function compressMessage<T extends Compressible>(
  message: T,
  { encoding }: Compression,
): Promise<T> {
  const { token, deflate } = ENCODINGS[encoding];
  const bytes = Buffer.from(message.body);
  const body = (await deflate?.(bytes))?.toString('base64') ?? message.body;
  const attributeBytes = CONTENT_ENCODING.length + 'String'.length + token.length;
  if (body.length + attributeBytes >= bytes.length) return message;
  const attribute = { DataType: 'String', StringValue: token };
  return { ...message, body, attributes: { ...message.attributes, [CONTENT_ENCODING]: attribute } };
}
