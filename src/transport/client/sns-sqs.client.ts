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
import { clockOf, realTimeOf, type Clock } from '../clock.js';
import { ClientClosedError, InvalidRecordError } from '../errors/index.js';
import { observing } from '../observing/observing.js';
import { mostPending } from '../sender/sender.js';
import { SnsSqsConnection } from '../sns-sqs.connection.js';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../sns-sqs.constants.js';
import type { SnsSqsClientOptions } from '../sns-sqs.options.js';
import type { BoundTopology } from '../topology/index.js';
import { checkClientOptions } from './check-options.js';
import { EmittedEvents } from './emitted-events.js';
import { recordOf } from './packet-record.js';
import { Requests } from './requests.js';
import { RoutedSender } from './routed.sender.js';

/** Milliseconds in which the reply queue can be deleted, if sending what waited has taken all of `closeTimeoutMs`. */
const MIN_REPLY_QUEUE_CLOSE_MS = 1000;

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
  readonly #sender: RoutedSender;
  readonly #requests: Requests;
  #closed: Promise<void> | undefined;

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
    const parts = { connection: this.#connection, options: this.#options, clock: this.#clock };
    this.#sender = new RoutedSender({ ...parts, onStatus: (status) => this.#status(status) });
    this.#requests = new Requests({
      ...parts,
      sender: this.#sender,
      connect: () => this.connect(),
      onReceiving: (receiving) => this.#status(receiving ? 'connected' : 'disconnected'),
    });
    options.delays?.onDue(async (message) => {
      this.#assertOpen();
      await this.#pending.run(() => this.#sender.sendDue(message));
    });
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /**
   * Looks the topology up; called by the first `emit` or `send`.
   *
   * @throws TopologyError when AWS has not what it declares; ClientClosedError after `close()`.
   */
  override async connect(): Promise<BoundTopology> {
    this.#assertOpen();
    return this.#pending.run(() => this.#sender.bind());
  }

  /**
   * Publishes an event. Hot, as Nest's own clients are: it is sent with and without a subscriber. Without one its
   * failure is logged.
   */
  override emit<Result = unknown, Input = unknown>(
    pattern: unknown,
    data: Input,
  ): Observable<Result> {
    // Refused before anything is made for it: a loop that awaits nothing emits all it has in one turn.
    if (this.#emitted.isFull || this.#sender.isFull) return this.#emitted.refuse(pattern);
    const sent =
      isNil(pattern) || isNil(data)
        ? lastValueFrom(super.emit<unknown, Input>(pattern, data))
        : this.#emit(pattern, data);
    return this.#emitted.add<Result>(pattern, sent);
  }

  /**
   * Nest's own `emit` holds several kilobytes for each event until it is sent. Here, once the topology is known, the event
   * is written and has its place, or is refused, before `emit` returns.
   */
  async #emit(pattern: unknown, data: unknown): Promise<void> {
    this.#assertOpen();
    this.#pending.begin();
    try {
      // Not connect(): what was emitted before close() still goes out.
      if (!this.#sender.isBound) await this.#sender.bind();
      const packet = this.#packetOf(pattern, data);
      const route = this.normalizePattern(packet.pattern as MsPattern);
      await this.#sender.send(route, recordOf(packet), randomUUID());
    } finally {
      this.#pending.end();
    }
  }

  /** Nest 12 creates the packet, so that its hook for outgoing packets sees it. Nest 11 has neither. */
  #packetOf(pattern: unknown, data: unknown): ReadPacket {
    return 'createPacket' in this ? this.createPacket(pattern, data) : { pattern, data };
  }

  /**
   * Sends a request, once for each subscriber, and waits for its answer. A failure that may pass by itself before the request
   * is out, such as a throttled look at the topology, is retried until the request times out.
   */
  override send<Result = unknown, Input = unknown>(
    pattern: unknown,
    data: Input,
  ): Observable<Result> {
    // Nest's own refuses these two. Otherwise it is not used: it fails with the first look at the topology that fails.
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
      void this.#sender.flush();
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
    await this.#pending.run(() => this.#sender.send(route, recordOf(packet), randomUUID()));
    return undefined as T;
  }

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    return this.#requests.send(this.normalizePattern(packet.pattern), recordOf(packet), callback);
  }

  #status(state: 'connected' | 'disconnected'): void {
    // oxlint-disable-next-line no-underscore-dangle -- Nest's name for what `status` emits.
    this._status$.next(state);
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClientClosedError('The client is closed');
  }

  async #close(): Promise<void> {
    const timeoutMs = this.#options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    const clock = realTimeOf(this.#clock);
    const startedMs = clock.monotonicMs();
    await atMost(clock, timeoutMs, this.flush());
    if (this.#pending.count > 0)
      this.#logger.error(
        'Messages not sent: AWS did not accept them before the end of closeTimeoutMs',
        { messages: this.#pending.count, closeTimeoutMs: timeoutMs },
      );
    this.#sender.stop(
      new ClientClosedError('The client was closed before AWS accepted the message'),
    );
    const spentMs = clock.monotonicMs() - startedMs;
    const leftMs = Math.max(MIN_REPLY_QUEUE_CLOSE_MS, timeoutMs - spentMs);
    if ((await atMost(clock, leftMs, this.#requests.close())) === 'timedOut')
      this.#logger.warn(
        'Reply queue not deleted before the end of closeTimeoutMs: another process deletes it once it is orphaned',
        { closeTimeoutMs: timeoutMs },
      );
    this.#connection.close();
    this.#status('disconnected');
  }
}

const isNil = (value: unknown): value is null | undefined => value === null || value === undefined;
