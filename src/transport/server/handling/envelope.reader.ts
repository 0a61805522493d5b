import type { BrokerMessage } from '../../broker/broker.queue.js';
import { unpacked } from '../../codec/packed-body.js';
import {
  harmless,
  readAttributes,
  withOwn,
  type ReceivedAttributes,
} from '../../codec/received-attributes.js';
import {
  unwrapSnsEnvelope,
  type ExpectedEnvelopes,
  type NestedEnvelopes,
  type Notification,
} from '../../codec/sns-envelope.js';
import { InvalidSignatureError } from '../../errors/index.js';
import type { SnsSignatures } from '../../signatures/sns-signatures.js';
import type { EnvelopeDeclaration } from '../../topology/index.js';

/** What a queue is to get. */
export interface EnvelopeExpectations {
  /** @defaultValue 'unknown' */
  readonly envelopes?: ExpectedEnvelopes | undefined;
  /** ARNs of every topic that is believed where envelopes are nested or signed. @defaultValue none */
  readonly envelopeTopics?: readonly string[] | undefined;
  readonly envelope?: EnvelopeDeclaration | undefined;
}

/** A message without its envelopes. */
export interface OpenedMessage {
  readonly body: string;
  readonly attributes: ReceivedAttributes;
  /**
   * Where signatures are asked for: checks that of each envelope.
   *
   * @throws InvalidSignatureError when one does not hold; RetryableError when that cannot be decided now.
   */
  readonly verify?: (() => Promise<void>) | undefined;
}

/** Takes messages out of the envelopes of SNS. */
export class EnvelopeReader {
  readonly #expected: ExpectedEnvelopes;
  readonly #nested: NestedEnvelopes;
  readonly #signatures: SnsSignatures | undefined;
  readonly #trustsAttributes: boolean;

  constructor({ envelopes = 'unknown', envelopeTopics = [], envelope = {} }: EnvelopeExpectations) {
    const { topics, depth = topics ? 2 : 1, signatures, trustAttributes = false } = envelope;
    this.#expected = envelopes;
    this.#nested = { topics: envelopeTopics, depth };
    this.#signatures = signatures;
    this.#trustsAttributes = signatures === undefined || trustAttributes;
  }

  open(message: BrokerMessage): OpenedMessage {
    const own = readAttributes(message.MessageAttributes);
    const {
      body,
      attributes: enveloped,
      envelopes = [],
    } = unwrapSnsEnvelope(unpacked(message), this.#expected, this.#nested);
    const attributes = enveloped ? withOwn(enveloped, own) : own;
    const signatures = this.#signatures;
    return {
      body,
      attributes: this.#trustsAttributes ? attributes : harmless(attributes),
      ...(signatures && { verify: () => this.#verify(signatures, envelopes) }),
    };
  }

  async #verify(signatures: SnsSignatures, envelopes: readonly Notification[]): Promise<void> {
    if (envelopes.length === 0)
      throw new InvalidSignatureError(
        'The message has no SNS envelope and so no signature, and its queue accepts only signed messages',
      );
    for (const envelope of envelopes) {
      // Every account has topics, and SNS signs what is sent to any of them.
      if (!this.#nested.topics.includes(String(envelope['TopicArn'])))
        throw new InvalidSignatureError(
          'The envelope comes from a topic that the queue names neither in "from" nor in "envelope.topics"',
        );
      await signatures.verify(envelope);
    }
  }
}
