import { ConfirmSubscriptionCommand } from '@aws-sdk/client-sns';
import { Logger } from '@nestjs/common';

import { regionOf } from '../../common/arn.js';
import { isJsonObject } from '../../common/objects.js';
import type { AwsClients } from '../../aws/index.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { systemClock } from '../clock.js';
import { parseJson } from '../codec/json-body.js';
import { nativeCodec } from '../codec/native.codec.js';
import { harmless, readEnvelopeAttributes } from '../codec/received-attributes.js';
import { InvalidSignatureError, WeftError } from '../errors/index.js';
import { CountedWarning } from '../observing/counted-warning.js';
import { internalsOf } from '../server/server.internals.js';
import type { Outcome } from '../server/settling/handed-in.settlement.js';
import type { SnsSqsServer } from '../server/sns-sqs.server.js';
import type { SignedMessage } from '../signatures/signed-message.js';
import { SnsSignatures } from '../signatures/sns-signatures.js';
import type { BoundQueue } from '../topology/index.js';

import { PushedQueue } from './pushed.queue.js';
import { checkSnsHttpOptions, DEFAULT_ANSWER_MS, type SnsHttpOptions } from './sns-http.options.js';

/** The answer to SNS. It retries after 5xx and 429, and gives up after any other status that is not 2xx. */
export interface SnsHttpAnswer {
  /**
   * 200: handled, or confirmed. 400: no message of SNS. 403: not signed by SNS for a topic of this endpoint. 422: it
   * can never be handled. 503: it must be redelivered.
   */
  readonly status: 200 | 400 | 403 | 422 | 503;
  /** A text for a log; never the message itself. */
  readonly detail: string;
}

/** SNS retries for at most an hour. https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const MAX_AGE_MS = 3600_000;
const CLOCK_SKEW_MS = 15 * 60_000;

const STATUS: Readonly<Record<Outcome, SnsHttpAnswer>> = {
  handled: { status: 200, detail: 'handled' },
  refused: { status: 422, detail: 'It can never be handled: see the log of the service' },
  retry: { status: 503, detail: 'It has to be sent again' },
};

/**
 * An endpoint for SNS over HTTP(S), for any HTTP server. It confirms subscriptions to its topics, checks signatures,
 * and passes notifications to the same handlers as queues. `SnsHttpModule` makes a controller of it.
 *
 * It calls no URL found in a message: it confirms subscriptions by the API of SNS, which needs the permission
 * `sns:ConfirmSubscription`. SNS retries for at most an hour, so older messages are refused: a recorded message cannot
 * be replayed later.
 *
 * @throws InvalidOptionsError for invalid options; TypeError for a server of another copy of this package.
 * @example
 * const endpoint = new SnsHttpEndpoint(server, { name: 'orders', patterns: ['order.*'], topics: [topicArn] });
 * const { status } = await endpoint.receive(await text(request));
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
 */
export class SnsHttpEndpoint {
  readonly #logger = new Logger(SnsHttpEndpoint.name);
  readonly #refused = new CountedWarning(this.#logger);
  readonly #signatures: SnsSignatures;
  #queue: PushedQueue | undefined;

  /** @param server runs the handlers; it must not have been started yet. */
  constructor(
    private readonly server: SnsSqsServer,
    private readonly options: SnsHttpOptions,
  ) {
    checkSnsHttpOptions(options);
    this.#signatures = options.signatures ?? new SnsSignatures();
    internalsOf(server).addQueue(boundQueue(options), {
      open: (...parts) => (this.#queue = new PushedQueue(...parts)),
    });
  }

  /**
   * Takes the body of a request. Never rejects.
   *
   * @param body a text, or parsed JSON.
   */
  async receive(body: unknown): Promise<SnsHttpAnswer> {
    try {
      return await this.#receive(typeof body === 'string' ? parseJson(body) : body);
    } catch (error) {
      return this.#answerTo(error);
    }
  }

  async #receive(message: unknown): Promise<SnsHttpAnswer> {
    if (!isJsonObject(message) || typeof message['Type'] !== 'string')
      return this.#refuse(400, 'The body is not an SNS message: raw delivery has no signature');
    // Checked before anything is fetched or computed: SNS signs the messages of every account's topics.
    const { TopicArn: topic } = message;
    if (typeof topic !== 'string' || !this.options.topics.includes(topic))
      return this.#refuse(403, 'The message is of a topic that this endpoint does not name');
    const signed = await this.#signatures.verify(message);
    const ageMs = systemClock.now() - Date.parse(signed.timestamp);
    if (!(ageMs <= MAX_AGE_MS + CLOCK_SKEW_MS && ageMs >= -CLOCK_SKEW_MS))
      return this.#refuse(403, 'The message is older than SNS would try, or from the future');
    if (signed.type === 'Notification') return this.#notify(signed, message);
    return this.#confirm(signed);
  }

  async #notify(
    { messageId, message: body }: SignedMessage,
    { MessageAttributes: given }: Readonly<Record<string, unknown>>,
  ): Promise<SnsHttpAnswer> {
    const { answerMs = DEFAULT_ANSWER_MS, trustAttributes = false } = this.options;
    const read = readEnvelopeAttributes(given);
    const { texts, bytes } = trustAttributes ? read : harmless(read);
    const message: BrokerMessage = {
      MessageId: messageId,
      ReceiptHandle: messageId,
      Body: body,
      MessageAttributes: Object.fromEntries([
        ...[...texts].map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
        ...[...bytes].map(([name, BinaryValue]) => [name, { DataType: 'Binary', BinaryValue }]),
      ]),
    };
    const outcome = await this.#queue?.handle(message, messageId, answerMs);
    return STATUS[outcome ?? 'retry'];
  }

  /** Uses SNS's own API, because the sender chose the URL in the message. */
  async #confirm({ type, topicArn, token }: SignedMessage): Promise<SnsHttpAnswer> {
    const fields = { topic: topicArn };
    if (type === 'UnsubscribeConfirmation') {
      this.#logger.warn(fields, 'Subscription of this endpoint removed');
      return { status: 200, detail: 'noted' };
    }
    const sns = this.server.unwrap<AwsClients>().snsIn(regionOf(topicArn));
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: token }));
    this.#logger.log(fields, 'Subscription of this endpoint confirmed');
    return { status: 200, detail: 'confirmed' };
  }

  #answerTo(error: unknown): SnsHttpAnswer {
    if (error instanceof InvalidSignatureError) return this.#refuse(403, error.message);
    if (error instanceof WeftError && !error.retryable) return this.#refuse(400, error.message);
    this.#logger.error(
      { reason: String(error).slice(0, MAX_REASON_LENGTH) },
      'SNS message not accepted: SNS sends it again',
    );
    return STATUS.retry;
  }

  /** Logs at most one line a minute, because any client can cause it. */
  #refuse(status: 400 | 403, detail: string): SnsHttpAnswer {
    this.#refused.add(systemClock.monotonicMs(), 'A request to the endpoint for SNS was refused', {
      endpoint: this.options.name,
      reason: detail,
    });
    return { status, detail };
  }
}

const MAX_REASON_LENGTH = 500;

/** A queue as far as the pipeline needs one; none exists in AWS. */
const boundQueue = ({
  name,
  patterns,
  codec = nativeCodec,
  fallback,
  idempotent,
  concurrency,
}: SnsHttpOptions): BoundQueue => ({
  declaration: {
    name,
    patterns,
    codec,
    ...(fallback !== undefined && { fallback }),
    ...(idempotent !== undefined && { idempotent }),
    ...(concurrency !== undefined && { concurrency }),
  },
  url: '',
  fifo: false,
  codec,
  visibilityTimeoutS: 0,
  // The signed message is already out of its envelope.
  envelopes: [],
});
