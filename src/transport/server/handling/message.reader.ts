import type { Message } from '@aws-sdk/client-sqs';

import { parsePointer } from '../../codec/claim-check.js';
import type { DecodedMessage, MessageCodec } from '../../codec/message.codec.js';
import type { PayloadStore } from '../../codec/payload-store.js';
import { unwrapSnsEnvelope } from '../../codec/sns-envelope.js';
import { InvalidMessageError } from '../../errors/index.js';

export interface ReadMessage extends DecodedMessage {
  readonly attributes: ReadonlyMap<string, string>;
  /** SHA-256 of the body, where a digest is asked for. */
  readonly bodyHash?: string | undefined;
}

/** From bytes to pattern and data: the SNS envelope, then the claim-check, then the codec. */
export class MessageReader {
  constructor(
    private readonly codec: MessageCodec,
    private readonly payloads: PayloadStore | undefined,
    private readonly digest?: (body: string) => string,
  ) {}

  /**
   * A promise only for a body that is fetched: most messages are read without one.
   *
   * @throws InvalidMessageError for what can never be read; S3's own errors for what may be later.
   */
  read(message: Message): ReadMessage | Promise<ReadMessage> {
    const { body, attributes = ownAttributes(message) } = unwrapSnsEnvelope(message.Body ?? '');
    const pointer = parsePointer(body);
    const decode = (text: string): ReadMessage => ({
      ...this.codec.decode({ messageId: message.MessageId ?? '', body: text, attributes }),
      attributes,
      bodyHash: this.digest?.(text),
    });
    return pointer ? this.#fetch(pointer).then(decode) : decode(body);
  }

  #fetch(pointer: Parameters<PayloadStore['get']>[0]): Promise<string> {
    if (!this.payloads) {
      throw new InvalidMessageError(
        'The message is a pointer to a body in S3, and no payload bucket is configured',
      );
    }
    return this.payloads.get(pointer);
  }
}

function ownAttributes({
  MessageAttributes: attributes = {},
}: Message): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const name of Object.keys(attributes)) {
    const value = attributes[name]?.StringValue;
    if (value !== undefined) texts.set(name, value);
  }
  return texts;
}
