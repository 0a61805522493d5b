import type { Message } from '@aws-sdk/client-sqs';

import { parsePointer, type PayloadPointer } from '../../codec/claim-check.js';
import type { DecodedMessage, MessageCodec } from '../../codec/message.codec.js';
import type { FetchedPayload, PayloadStore } from '../../codec/payload-store.js';
import { unwrapSnsEnvelope } from '../../codec/sns-envelope.js';
import { InvalidMessageError, NotRunError } from '../../errors/index.js';

export interface ReadMessage extends DecodedMessage {
  readonly attributes: ReadonlyMap<string, string>;
  /** SHA-256 of the body, where a digest is asked for. */
  readonly bodyHash?: string | undefined;
  /** Of a body that was fetched: to be called when nobody holds the message's data any more. */
  readonly giveBack?: () => void;
}

/** From bytes to pattern and data: the SNS envelope, then the claim-check, then the codec. */
export class MessageReader {
  readonly #drain = new AbortController();

  constructor(
    private readonly codec: MessageCodec,
    private readonly payloads: PayloadStore | undefined,
    private readonly digest?: (body: string) => string,
  ) {}

  /**
   * A promise only for a body that is fetched, which waits until the process has room for it: most messages are read
   * without one.
   *
   * @param lost its signal ends the wait; a function, as most messages never need one.
   * @throws InvalidMessageError for what can never be read; S3's own errors for what may be later; NotRunError when
   * the queue drains first.
   */
  read(message: Message, lost?: () => AbortSignal): ReadMessage | Promise<ReadMessage> {
    const { body, attributes = attributesOf(message) } = unwrapSnsEnvelope(message.Body ?? '');
    const pointer = parsePointer(body);
    return pointer
      ? this.#readFetched(pointer, message, attributes, lost?.())
      : this.#decode(message, body, attributes);
  }

  /** Undefined for a message whose body would have to be fetched. */
  readAtHand(message: Message): ReadMessage | undefined {
    const { body, attributes = attributesOf(message) } = unwrapSnsEnvelope(message.Body ?? '');
    return parsePointer(body) ? undefined : this.#decode(message, body, attributes);
  }

  /** What waits for room is not started any more. */
  drain(): void {
    this.#drain.abort(new NotRunError('The queue is draining, and the body was not fetched yet'));
  }

  #decode(message: Message, text: string, attributes: ReadonlyMap<string, string>): ReadMessage {
    return {
      ...this.codec.decode({ messageId: message.MessageId ?? '', body: text, attributes }),
      attributes,
      bodyHash: this.digest?.(text),
    };
  }

  async #readFetched(
    pointer: PayloadPointer,
    message: Message,
    attributes: ReadonlyMap<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<ReadMessage> {
    const { body, giveBack } = await this.#fetch(pointer, signal);
    try {
      return { ...this.#decode(message, body, attributes), giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  #fetch(pointer: PayloadPointer, signal: AbortSignal | undefined): Promise<FetchedPayload> {
    if (!this.payloads) {
      throw new InvalidMessageError(
        'The message is a pointer to a body in S3, and no payload bucket is configured',
      );
    }
    const drained = this.#drain.signal;
    return this.payloads.get(pointer, {
      signal: signal ? AbortSignal.any([signal, drained]) : drained,
    });
  }
}

/** A message's own attributes, as text. */
export function attributesOf({
  MessageAttributes: attributes = {},
}: Message): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const name of Object.keys(attributes)) {
    const value = attributes[name]?.StringValue;
    if (value !== undefined) texts.set(name, value);
  }
  return texts;
}
