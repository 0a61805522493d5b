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

/** The envelopes to expect on a queue. */
export interface EnvelopeExpectations {
  /** @defaultValue 'unknown' */
  readonly envelopes?: ExpectedEnvelopes | undefined;
  /** ARNs of the topics that are trusted if envelopes are nested or signed. @defaultValue none */
  readonly envelopeTopics?: readonly string[] | undefined;
  readonly envelope?: EnvelopeDeclaration | undefined;
}

/** A message without its envelopes. */
export interface OpenedMessage {
  readonly body: string;
  readonly attributes: ReceivedAttributes;
  /**
   * Checks the signature of each envelope; present if signatures are required.
   *
   * @throws InvalidSignatureError when one is invalid; RetryableError when that cannot be decided now.
   */
  readonly verify?: (() => Promise<void>) | undefined;
}

/** Takes messages out of their SNS envelopes. */
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
      // A signature alone proves nothing: SNS signs the messages of every account's topics.
      if (!this.#nested.topics.includes(String(envelope['TopicArn'])))
        throw new InvalidSignatureError(
          'The envelope comes from a topic that the queue names neither in "from" nor in "envelope.topics"',
        );
      await signatures.verify(envelope);
    }
  }
}
