import { Logger } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import type { AwsClients } from '../../aws/index.js';
import { systemClock, type Clock } from '../clock.js';
import type { MessageAttribute } from '../codec/message.codec.js';
import { formatReplyAddress } from '../codec/reply-address.js';
import { ClientClosedError } from '../errors/index.js';
import { currentCorrelationId } from '../message-scope.js';
import { SnsSqsRecord, type SnsSqsRecordOptions } from '../record/sns-sqs.record.js';
import { outgoingMessage } from '../sender/outgoing-message.js';
import { observing } from '../observing/observing.js';
import { Sender } from '../sender/sender.js';
import { SnsSqsConnection } from '../sns-sqs.connection.js';
import {
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  DEFAULT_SEND_LINGER_MS,
  REPLY_QUEUE_PREFIX,
  REPLY_TO_ATTRIBUTE,
} from '../sns-sqs.constants.js';
import type { SnsSqsClientOptions } from '../sns-sqs.options.js';
import type { BoundTopology } from '../topology/index.js';
import { traceSend } from '../tracing/message-tracing.js';
import { ReplyRouter } from './reply.router.js';
import { UnderWay } from './under-way.js';

/**
 * A Nest `ClientProxy` over SNS and SQS. `emit` publishes to the topic or queue
 * of the pattern's route and completes when AWS has the message; `send` also
 * waits for the answer on a reply queue of this process.
 *
 * @throws (through the Observable) NoRouteError, MessageTooLargeError, InvalidRecordError before
 * anything is sent; SendFailedError or the SDK's error when AWS did not take it; RequestTimeoutError when no answer came;
 * ClientClosedError after `close()`; TopologyError when the first call finds the topology missing in AWS.
 * @example
 * ClientsModule.register([{ name: 'ORDERS', customClass: SnsSqsClient, options: { topology, aws } }]);
 * @see https://docs.nestjs.com/microservices/basics#client-producer-class
 */
export class SnsSqsClient extends ClientProxy {
  readonly #options: SnsSqsClientOptions;
  readonly #clock: Clock;
  readonly #connection: SnsSqsConnection;
  readonly #underWay = new UnderWay();
  readonly #logger = new Logger(SnsSqsClient.name);
  #sender: Sender | undefined;
  #replies: ReplyRouter | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SnsSqsClientOptions) {
    super();
    this.#options = { ...options, ...observing(options.observer) };
    this.#clock = options.clock ?? systemClock;
    this.#connection = new SnsSqsConnection(options);
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /**
   * Looks the topology up; called by the first `emit` or `send`.
   *
   * @throws TopologyError when AWS has not what it declares; ClientClosedError after `close()`.
   */
  override async connect(): Promise<BoundTopology> {
    if (this.#closed) throw new ClientClosedError('The client is closed');
    return this.#underWay.run(() => this.#connection.bind());
  }

  /**
   * Resolves when AWS has taken, or finally refused, everything emitted until
   * now, also by those who did not wait for it.
   */
  async flush(): Promise<void> {
    // What was emitted in this turn connects first, and is sent in a later one.
    await nextTurn();
    while (this.#underWay.count > 0) {
      void this.#sender?.flush();
      await this.#underWay.end();
      await nextTurn();
    }
  }

  /** Sends what waits, within `closeTimeoutMs`; fails what is unanswered and deletes the reply queue. */
  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Nest calls it on `app.close()`, after every handler has ended. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** The SDK clients it sends by. */
  override unwrap<T = AwsClients>(): T {
    return this.#connection.aws as T;
  }

  protected override async dispatchEvent<T = void>({ pattern, data }: ReadPacket): Promise<T> {
    const route = this.normalizePattern(pattern);
    await this.#underWay.run(() => this.#dispatch(route, asRecord(data), randomUUID(), {}));
    return undefined as T;
  }

  protected override publish(
    { pattern, data }: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const record = asRecord(data);
    const requestId = randomUUID();
    const timeoutMs =
      record.options.timeoutMs ?? this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const cancel = this.#router().expect(requestId, timeoutMs, callback);
    this.#request(
      this.normalizePattern(pattern),
      record,
      requestId,
      this.#clock.now() + timeoutMs,
    ).catch((err: unknown) => {
      cancel();
      callback({ err });
    });
    return cancel;
  }

  async #request(
    pattern: string,
    record: SnsSqsRecord,
    requestId: string,
    expiresAtMs: number,
  ): Promise<void> {
    const queueUrl = await this.#router().address();
    const value = formatReplyAddress({ queueUrl, requestId, expiresAtMs });
    await this.#dispatch(pattern, record, requestId, {
      [REPLY_TO_ATTRIBUTE]: { type: 'String', value },
    });
  }

  async #dispatch(
    pattern: string,
    { data, options }: SnsSqsRecord,
    freshId: string,
    own: Readonly<Record<string, MessageAttribute>>,
  ): Promise<void> {
    // Not connect(): what was emitted before close() still goes out.
    const destination = (await this.#connection.bind()).destination(pattern);
    const id = options.id ?? freshId;
    const correlationId = currentCorrelationId() ?? id;
    const encoded = destination.codec.encode({ id, pattern, data, correlationId });
    const traced = { id, pattern, correlationId, destination };
    await traceSend(traced, (trace) => {
      const message = outgoingMessage(id, encoded, options, { ...own, ...trace }, destination);
      return this.#send().send(destination, message);
    });
    this.#options.observer?.sent?.(pattern, data);
  }

  #send(): Sender {
    const {
      lingerMs = DEFAULT_SEND_LINGER_MS,
      maxWaitingMessages,
      maxWaitingBytes,
    } = this.#options;
    const options = {
      lingerMs,
      observer: this.#options.observer,
      ...(maxWaitingMessages !== undefined && { messages: maxWaitingMessages }),
      ...(maxWaitingBytes !== undefined && { bytes: maxWaitingBytes }),
    };
    this.#sender ??= new Sender(this.#connection.aws, options, this.#connection.payloads);
    return this.#sender;
  }

  #router(): ReplyRouter {
    this.#replies ??= new ReplyRouter({
      aws: this.#connection.aws,
      prefix: this.#options.replyQueuePrefix ?? REPLY_QUEUE_PREFIX,
      queue: this.#options.replyQueue,
      payloads: this.#connection.payloads,
      observer: this.#options.observer,
      clock: this.#clock,
    });
    return this.#replies;
  }

  async #close(): Promise<void> {
    const timeoutMs = this.#options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    const limit = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([this.flush(), late]);
    limit.abort();
    if (this.#underWay.count > 0) {
      this.#logger.error(
        `${this.#underWay.count} messages were not taken by AWS within ${timeoutMs} ms of close() and are given up`,
      );
    }
    await this.#replies?.close();
    this.#connection.close();
  }
}

const NO_OPTIONS: SnsSqsRecordOptions = {};

const asRecord = (data: unknown): SnsSqsRecord =>
  data instanceof SnsSqsRecord ? data : new SnsSqsRecord(data, NO_OPTIONS);
