import { Logger } from '@nestjs/common';
import {
  ClientProxy,
  type MsPattern,
  type ReadPacket,
  type WritePacket,
} from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { lastValueFrom, Observable } from 'rxjs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { PendingCounter } from '../../common/pending-counter.js';
import { atMost } from '../../common/at-most.js';
import type { AwsClients } from '../../aws/index.js';
import { isTransient } from '../broker/broker.errors.js';
import { clockOf, realTimeOf, type Clock } from '../clock.js';
import type { MessageAttribute } from '../codec/message.codec.js';
import { formatReplyAddress } from '../codec/reply-address.js';
import { ClientClosedError, InvalidRecordError } from '../errors/index.js';
import { currentCorrelationId } from '../message-scope.js';
import { SnsSqsRecord, type SnsSqsRecordOptions } from '../record/sns-sqs.record.js';
import { outgoingMessage } from '../sender/outgoing-message.js';
import { observing } from '../observing/observing.js';
import { mostPending, Sender } from '../sender/sender.js';
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
import { fromDelayed, planDelay, toDelayed, type DelayedMessage } from './delayed-message.js';
import { checkClientOptions } from './check-options.js';
import { EmittedEvents } from './emitted-events.js';
import { withMetadata } from './packet-metadata.js';
import { retryTransient } from '../retry-transient.js';

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
  readonly #pending = new PendingCounter();
  readonly #logger = new Logger(SnsSqsClient.name);
  readonly #emitted: EmittedEvents;
  #sender: Sender | undefined;
  #replies: ReplyRouter | undefined;
  #closed: Promise<void> | undefined;
  #topology: BoundTopology | undefined;

  constructor(options: SnsSqsClientOptions) {
    super();
    checkClientOptions(options);
    this.#options = { ...options, ...observing(options.observer) };
    this.#clock = clockOf(options.clock);
    this.#connection = new SnsSqsConnection(options);
    this.#emitted = new EmittedEvents({
      logger: this.#logger,
      clock: this.#clock,
      limit: mostPending(options.maxWaitingMessages),
      nameOf: (pattern) => this.normalizePattern(pattern as MsPattern),
    });
    options.delays?.onDue((message) => this.#pending.run(() => this.#sendDue(message)));
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
    return this.#pending.run(() => this.#bind());
  }

  /**
   * Publishes an event. Hot, as Nest's own clients are: it is sent whether or not somebody subscribes. A failure that
   * nobody subscribed to is logged.
   */
  override emit<Result = unknown, Input = unknown>(
    pattern: unknown,
    data: Input,
  ): Observable<Result> {
    // Refused before anything is made for it: a loop that awaits nothing emits all it has in one turn.
    if (this.#emitted.isFull || this.#sender?.isFull) return this.#emitted.refuse(pattern);
    const sent =
      isNil(pattern) || isNil(data)
        ? lastValueFrom(super.emit<unknown, Input>(pattern, data))
        : this.#emit(pattern, data);
    return this.#emitted.add<Result>(pattern, sent);
  }

  /**
   * Not by Nest's own, of which each event holds several kilobytes until it is sent. Once the topology is known, the event is
   * written and has its place, or is refused, before `emit` returns.
   */
  async #emit(pattern: unknown, data: unknown): Promise<void> {
    if (this.#closed) throw new ClientClosedError('The client is closed');
    this.#pending.begin();
    try {
      if (!this.#topology) await this.#bind();
      const packet = this.#packetOf(pattern, data);
      const route = this.normalizePattern(packet.pattern as MsPattern);
      await this.#dispatch(route, recordOf(packet), randomUUID(), {});
    } finally {
      this.#pending.end();
    }
  }

  /** Nest 12 makes it, so that its hook for outgoing packets sees it; Nest 11 has neither. */
  #packetOf(pattern: unknown, data: unknown): ReadPacket {
    return 'createPacket' in this ? this.createPacket(pattern, data) : { pattern, data };
  }

  /**
   * Sends a request, once for each subscriber, and waits for its answer. What fails and may pass by itself before the request
   * is out, such as a throttled look at the topology, is tried again until the request times out.
   */
  override send<Result = unknown, Input = unknown>(
    pattern: unknown,
    data: Input,
  ): Observable<Result> {
    // Nest's own connects first, and fails with the first look that does. It refuses these two.
    if (isNil(pattern) || isNil(data)) return super.send<Result, Input>(pattern, data);
    return new Observable((observer) =>
      this.publish(this.#packetOf(pattern, data), this.createObserver<Result>(observer)),
    );
  }

  /** @throws Error always. There are no events of a broker: ask `status`, or give the `observer` option. */
  override on(): never {
    throw new Error(
      'SnsSqsClient has no events of a broker connection. Subscribe to `status`, or use the option `observer`',
    );
  }

  /**
   * Cancels messages that the `delays` of the client keep, by the id they were given (`withId`). What SQS itself delays
   * cannot be cancelled.
   *
   * @returns whether there were any, and none of them will be sent.
   * @throws InvalidRecordError for a client without `delays`.
   * @example
   * client.emit('invoice.remind', record(invoice).withId(invoice.id).withDelay(dueDate).build());
   * await client.cancelDelayed(invoice.id);
   */
  cancelDelayed(id: string): Promise<boolean> {
    const { delays } = this.#options;
    if (delays) return delays.cancel(id);
    throw new InvalidRecordError(
      'This client has no store of delayed messages, so it cannot cancel one. Set its option `delays`',
    );
  }

  /**
   * Resolves when AWS has taken, or finally refused, everything emitted until
   * now, also by those who did not wait for it.
   */
  async flush(): Promise<void> {
    // What was emitted in this turn connects first, and is sent in a later one.
    await nextTurn();
    while (this.#pending.count > 0) {
      void this.#sender?.flush();
      await this.#pending.whenNone();
      await nextTurn();
    }
  }

  /**
   * Sends what waits, within `closeTimeoutMs`; fails what is unanswered and deletes the reply queue. Unlike Nest's own
   * clients a closed one stays closed: `emit` and `send` fail with ClientClosedError.
   */
  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Nest calls it on `app.close()`, after every handler has ended. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** The SDK clients it sends by; over another broker its driver. */
  override unwrap<T = AwsClients>(): T {
    return (this.#connection.aws ?? this.#connection.broker) as T;
  }

  protected override async dispatchEvent<T = void>(packet: ReadPacket): Promise<T> {
    const route = this.normalizePattern(packet.pattern);
    await this.#pending.run(() => this.#dispatch(route, recordOf(packet), randomUUID(), {}));
    return undefined as T;
  }

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const record = recordOf(packet);
    const requestId = randomUUID();
    const timeoutMs =
      record.options.timeoutMs ?? this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const router = this.#router();
    const cancel = router.expect(requestId, timeoutMs, callback);
    this.#request(this.normalizePattern(packet.pattern), record, requestId).catch(
      (err: unknown) => {
        // Its caller has been told already that it timed out, or does not want to know.
        if (router.leftMs(requestId) === undefined) return;
        cancel();
        callback({ err });
      },
    );
    return cancel;
  }

  async #request(pattern: string, record: SnsSqsRecord, requestId: string): Promise<void> {
    const router = this.#router();
    const waits = (): boolean => router.leftMs(requestId) !== undefined;
    await retryTransient(realTimeOf(this.#clock), () => this.connect(), waits);
    router.restart(requestId);
    const queueUrl = await router.address();
    const leftMs = router.leftMs(requestId);
    // Nobody waits any more: it timed out, or was unsubscribed from, before it could be sent.
    if (leftMs === undefined) return;
    const value = formatReplyAddress({ queueUrl, requestId, timeoutMs: leftMs });
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
    const destination = (this.#topology ?? (await this.#bind())).destination(pattern);
    const id = options.id ?? freshId;
    const correlationId = currentCorrelationId() ?? id;
    const encoded = destination.codec.encode({ id, pattern, data, correlationId });
    const traced = { id, pattern, correlationId, destination };
    // An answer is not waited for as long as a store would keep its request.
    const store = REPLY_TO_ATTRIBUTE in own ? undefined : this.#options.delays;
    const nowMs = this.#clock.now();
    const planned = planDelay(options, destination, nowMs, store !== undefined);
    const { dueAt } = planned;
    await traceSend(traced, async (trace) => {
      const written = { ...own, ...trace };
      const message = outgoingMessage(id, encoded, planned.options, written, destination);
      const { compression } = destination.codec;
      if (!store || !dueAt)
        return this.#sent(this.#send().send(destination, message, { compression }));
      this.#send().refuseTooLarge(destination, message, { compression });
      return store.keep(toDelayed(pattern, message), dueAt);
    });
    if (!dueAt) this.#options.observer?.sent?.({ pattern, data });
  }

  /** Its destination is that of the topology as it is now. */
  async #sendDue(message: DelayedMessage): Promise<void> {
    const { pattern } = message;
    const destination = (await this.#bind()).destination(pattern);
    const { compression } = destination.codec;
    await this.#send().send(destination, fromDelayed(message), { compression });
    this.#options.observer?.sent?.({ pattern, data: undefined });
  }

  /** Whether AWS can be reached shows in what becomes of messages; that it refuses one says that it can. */
  async #sent(sending: Promise<void>): Promise<void> {
    try {
      await sending;
      this.#status('connected');
    } catch (error) {
      if (isTransient(error)) this.#status('disconnected');
      throw error;
    }
  }

  /** Failures are not remembered: the next call looks again. */
  async #bind(): Promise<BoundTopology> {
    try {
      const bound = await this.#connection.bind();
      if (!this.#topology) this.#status('connected');
      this.#topology = bound;
      return bound;
    } catch (error) {
      this.#topology = undefined;
      this.#status('disconnected');
      throw error;
    }
  }

  #status(state: 'connected' | 'disconnected'): void {
    // oxlint-disable-next-line no-underscore-dangle -- Nest's name for what `status` emits.
    this._status$.next(state);
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
      clock: realTimeOf(this.#clock),
      ...(maxWaitingMessages !== undefined && { messages: maxWaitingMessages }),
      ...(maxWaitingBytes !== undefined && { bytes: maxWaitingBytes }),
    };
    this.#sender ??= new Sender(this.#connection.broker, options, this.#connection.payloads);
    return this.#sender;
  }

  #router(): ReplyRouter {
    this.#replies ??= new ReplyRouter({
      broker: this.#connection.broker,
      prefix: this.#options.replyQueuePrefix ?? REPLY_QUEUE_PREFIX,
      queue: this.#options.replyQueue,
      payloads: this.#connection.payloads,
      observer: this.#options.observer,
      clock: this.#clock,
      onReceiving: (receiving) => this.#status(receiving ? 'connected' : 'disconnected'),
    });
    return this.#replies;
  }

  async #close(): Promise<void> {
    const timeoutMs = this.#options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    const clock = realTimeOf(this.#clock);
    const startedMs = clock.monotonicMs();
    await atMost(clock, timeoutMs, this.flush());
    if (this.#pending.count > 0) {
      this.#logger.error(
        'Messages not sent: AWS did not accept them before the end of closeTimeoutMs',
        {
          messages: this.#pending.count,
          closeTimeoutMs: timeoutMs,
        },
      );
    }
    const leftMs = Math.max(
      MIN_REPLY_QUEUE_CLOSE_MS,
      timeoutMs - (clock.monotonicMs() - startedMs),
    );
    if (this.#replies && !(await atMost(clock, leftMs, this.#replies.close()))) {
      this.#logger.warn(
        `The reply queue could not be deleted within ${Math.round(leftMs)} ms of close() and stays behind; a later client deletes it`,
      );
    }
    this.#connection.close();
    this.#status('disconnected');
  }
}

/** What deleting the reply queue has at least, if sending what waited has taken all of `closeTimeoutMs`. */
const MIN_REPLY_QUEUE_CLOSE_MS = 1000;

const isNil = (value: unknown): value is null | undefined => value === null || value === undefined;

const NO_OPTIONS: SnsSqsRecordOptions = {};

const asRecord = (data: unknown): SnsSqsRecord =>
  data instanceof SnsSqsRecord ? data : new SnsSqsRecord(data, NO_OPTIONS);

const recordOf = ({ data, metadata }: ReadPacket): SnsSqsRecord =>
  withMetadata(asRecord(data), metadata);
