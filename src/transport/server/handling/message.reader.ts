import type { BrokerMessage } from '../../broker/broker.queue.js';
import { parsePointer, type PayloadPointer } from '../../codec/claim-check.js';
import { contentEncoding, isCompressed } from '../../codec/compression/content-encoding.js';
import type { Encoding } from '../../codec/compression/encodings.js';
import { inflate } from '../../codec/compression/inflate.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from '../../codec/message.codec.js';
import type { FetchedPayload, PayloadStore } from '../../codec/payload-store.js';
import { readAttributes, type ReceivedAttributes } from '../../codec/received-attributes.js';
import { traceparentOf, X_RAY_ATTRIBUTE } from '../../broker/x-ray.js';
import { InvalidMessageError, NotRunError } from '../../errors/index.js';
import {
  EnvelopeReader,
  type EnvelopeExpectations,
  type OpenedMessage,
} from './envelope.reader.js';

export interface ReadMessage extends DecodedMessage {
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes of the type Binary. */
  readonly binaryAttributes: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of the body, if a digest is wanted. */
  readonly bodyHash?: string | undefined;
  /** For a fetched body: to be called when the message's data is no longer used. */
  readonly releaseBytes?: () => void;
}

interface UnwrappedMessage extends OpenedMessage {
  /** The claim-check pointer of an offloaded body. */
  readonly pointer: PayloadPointer | undefined;
  /** The body's encoding, if the codec allows compression. */
  readonly encoding: Encoding | undefined;
}

/** Whether reading must wait for a certificate, S3, or memory to inflate the body. */
const isLater = ({ verify, pointer, encoding }: UnwrappedMessage): boolean =>
  Boolean(verify ?? pointer ?? encoding);

/**
 * Reads pattern and data: removes the SNS envelope and checks its signature, fetches an offloaded body, inflates it,
 * and decodes it.
 */
export class MessageReader {
  readonly #drain = new AbortController();
  readonly #envelopes: EnvelopeReader;

  constructor(
    private readonly codec: MessageDecoder,
    private readonly payloads: PayloadStore | undefined,
    private readonly digest?: (body: string) => string,
    /** The envelopes to expect. */
    private readonly expected: EnvelopeExpectations & {
      readonly fallback?: string | undefined;
    } = {},
  ) {
    this.#envelopes = new EnvelopeReader(expected);
  }

  /**
   * Returns a promise only for a signed message, and for a body that is fetched or inflated, which waits for memory;
   * most messages are read at once.
   *
   * @param lost gives the signal that ends the wait; a function, as most messages need none.
   * @throws InvalidMessageError for a message that can never be read; S3's own errors if a retry may succeed;
   * NotRunError when the queue drains first.
   */
  read(message: BrokerMessage, lost?: () => AbortSignal): ReadMessage | Promise<ReadMessage> {
    const unwrapped = this.#unwrap(message);
    return isLater(unwrapped)
      ? this.#readLater(message, unwrapped, lost?.())
      : this.#decode(message, unwrapped.body, unwrapped.attributes);
  }

  /** Undefined for a message that is not read at once. */
  readAtHand(message: BrokerMessage): ReadMessage | undefined {
    const unwrapped = this.#unwrap(message);
    return isLater(unwrapped)
      ? undefined
      : this.#decode(message, unwrapped.body, unwrapped.attributes);
  }

  /** Messages that wait for memory are no longer started. */
  drain(): void {
    this.#drain.abort(new NotRunError('The queue is draining, and the body was not fetched yet'));
  }

  #unwrap(message: BrokerMessage): UnwrappedMessage {
    const opened = this.#envelopes.open(message);
    return {
      ...opened,
      attributes: withTraceOfAws(opened.attributes, message),
      pointer: parsePointer(opened.body),
      encoding: this.codec.compression && contentEncoding(opened.attributes.texts),
    };
  }

  #decode(message: BrokerMessage, text: string, { texts, bytes }: ReceivedAttributes): ReadMessage {
    const { fallback } = this.expected;
    const decoded = this.#decoded({
      messageId: message.MessageId ?? '',
      body: text,
      attributes: texts,
      binaryAttributes: bytes,
      fallback,
    });
    return {
      ...decoded,
      attributes: withTraceOfBody(texts, decoded),
      binaryAttributes: bytes,
      bodyHash: this.digest?.(text),
    };
  }

  #decoded(message: ReceivedMessage): DecodedMessage {
    try {
      return this.codec.decode(message);
    } catch (error) {
      const isPlain = this.codec.compression !== undefined || !isCompressed(message.attributes);
      if (isPlain || !(error instanceof InvalidMessageError)) throw error;
      throw new InvalidMessageError(
        `The body is compressed, as its Content-Encoding says, and the codec ${this.codec.name} does not inflate: give the queue the codec compressed(…)`,
        { cause: error },
      );
    }
  }

  /**
   * Verifies, fetches from S3, then inflates. The fetched bytes are released once inflated; handlers hold the decoded
   * data.
   */
  async #readLater(
    message: BrokerMessage,
    { body: text, attributes, verify, pointer, encoding }: UnwrappedMessage,
    lost: AbortSignal | undefined,
  ): Promise<ReadMessage> {
    const drained = this.#drain.signal;
    const signal = lost ? AbortSignal.any([lost, drained]) : drained;
    await verify?.();
    let held = pointer && (await this.#fetch(pointer, lost));
    try {
      if (encoding) {
        const inflated = await this.#inflate(held?.body ?? text, encoding, signal);
        held?.release();
        held = inflated;
      }
      const read = this.#decode(message, held?.body ?? text, attributes);
      return held ? { ...read, releaseBytes: held.release } : read;
    } catch (error) {
      held?.release();
      throw error;
    }
  }

  #inflate(text: string, encoding: Encoding, signal: AbortSignal): Promise<FetchedPayload> {
    const { maxBytes = 0 } = this.codec.compression ?? {};
    return inflate(text, encoding, { maxBytes, signal });
  }

  #fetch(pointer: PayloadPointer, signal: AbortSignal | undefined): Promise<FetchedPayload> {
    if (!this.payloads) {
      throw new InvalidMessageError(
        'The message is a pointer to a body in S3, and no payload bucket is configured. Set payloadBucket',
      );
    }
    return this.payloads.get(pointer, { signal, waitSignal: this.#drain.signal });
  }
}

/** AWS may add a trace to a message whose sender wrote none. */
function withTraceOfAws(
  own: ReceivedAttributes,
  { Attributes: system }: BrokerMessage,
): ReceivedAttributes {
  const header = system?.[X_RAY_ATTRIBUTE];
  if (header === undefined || own.texts.has('traceparent')) return own;
  const traceparent = traceparentOf(header);
  if (traceparent === undefined) return own;
  return { ...own, texts: new Map([...own.texts, ['traceparent', traceparent]]) };
}

/** A publisher may write the trace into the body instead of attributes. */
function withTraceOfBody(
  texts: ReadonlyMap<string, string>,
  { trace }: DecodedMessage,
): ReadonlyMap<string, string> {
  if (trace === undefined || texts.has('traceparent')) return texts;
  const { traceparent, tracestate = '' } = trace;
  const carried = new Map([...texts, ['traceparent', traceparent] as const]);
  return tracestate === '' ? carried : carried.set('tracestate', tracestate);
}

/** A message's own attributes, as text. */
export const attributesOf = ({
  MessageAttributes: attributes,
}: BrokerMessage): ReadonlyMap<string, string> => readAttributes(attributes).texts;
