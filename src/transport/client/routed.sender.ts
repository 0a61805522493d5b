import { realTimeOf, type Clock } from '../clock.js';
import { isTransient } from '../broker/broker.errors.js';
import type { MessageAttribute } from '../codec/message.codec.js';
import { currentCorrelationId } from '../message-scope.js';
import type { SnsSqsRecord } from '../record/sns-sqs.record.js';
import { outgoingMessage } from '../sender/outgoing-message.js';
import { Sender } from '../sender/sender.js';
import type { SnsSqsConnection } from '../sns-sqs.connection.js';
import { DEFAULT_SEND_LINGER_MS, REPLY_TO_ATTRIBUTE } from '../sns-sqs.constants.js';
import type { SnsSqsClientOptions } from '../sns-sqs.options.js';
import type { BoundTopology } from '../topology/index.js';
import { traceSend } from '../tracing/message-tracing.js';
import { fromDelayed, planDelay, toDelayed, type DelayedMessage } from './delayed-message.js';

/** The transport's own attributes, such as the reply address. */
type OwnAttributes = Readonly<Record<string, MessageAttribute>>;

interface RoutedSenderDependencies {
  readonly connection: SnsSqsConnection;
  readonly options: SnsSqsClientOptions;
  readonly clock: Clock;
  /** Called with whether AWS can be reached; also when nothing has changed. */
  readonly onStatus: (status: 'connected' | 'disconnected') => void;
}

/** Sends each message to the topic or queue of its pattern's route, at once or, through a store, when it is due. */
export class RoutedSender {
  #sender: Sender | undefined;
  #topology: BoundTopology | undefined;

  constructor(private readonly dependencies: RoutedSenderDependencies) {}

  /**
   * Whether the topology is known. Then a message is written and in the send buffer, or refused, before `send` returns.
   */
  get isBound(): boolean {
    return this.#topology !== undefined;
  }

  /** Whether a message was refused because too many wait, and none has been sent since. */
  get isFull(): boolean {
    return this.#sender?.isFull ?? false;
  }

  /** Looks the topology up. A failure is not cached, so the next call tries again. */
  async bind(): Promise<BoundTopology> {
    const { connection, onStatus } = this.dependencies;
    try {
      const bound = await connection.bind();
      if (!this.#topology) onStatus('connected');
      this.#topology = bound;
      return bound;
    } catch (error) {
      this.#topology = undefined;
      onStatus('disconnected');
      throw error;
    }
  }

  /**
   * Resolves when AWS, or the store of delayed messages, has taken the message.
   *
   * @param freshId the message's id, unless its record names one.
   */
  async send(
    pattern: string,
    { data, options }: SnsSqsRecord,
    freshId: string,
    own: OwnAttributes = {},
  ): Promise<void> {
    const { delays, observer } = this.dependencies.options;
    const destination = (this.#topology ?? (await this.bind())).destination(pattern);
    const id = options.id ?? freshId;
    const correlationId = currentCorrelationId() ?? id;
    const encoded = destination.codec.encode({ id, pattern, data, correlationId });
    const traced = { id, pattern, correlationId, destination };
    // No caller waits for an answer as long as a store would keep the request.
    const store = REPLY_TO_ATTRIBUTE in own ? undefined : delays;
    const planned = planDelay(
      options,
      destination,
      this.dependencies.clock.now(),
      store !== undefined,
    );
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
    if (!dueAt) observer?.sent?.({ pattern, data });
  }

  /** Sends a due message of the store to its pattern's present destination. */
  async sendDue(message: DelayedMessage): Promise<void> {
    const { pattern } = message;
    const destination = (await this.bind()).destination(pattern);
    const { compression } = destination.codec;
    await this.#send().send(destination, fromDelayed(message), { compression });
    this.dependencies.options.observer?.sent?.({ pattern, data: undefined });
  }

  /** Sends waiting messages. Resolves when AWS has taken or refused all of them. */
  async flush(): Promise<void> {
    await this.#sender?.flush();
  }

  /** Sends nothing any more, so that nothing is sent after the client has closed: what waits fails with `error`. */
  stop(error: Error): void {
    this.#send().stop(error);
  }

  /** The outcome of a message shows whether AWS can be reached. A refusal shows that it can. */
  async #sent(sending: Promise<void>): Promise<void> {
    const { onStatus } = this.dependencies;
    try {
      await sending;
      onStatus('connected');
    } catch (error) {
      if (isTransient(error)) onStatus('disconnected');
      throw error;
    }
  }

  #send(): Sender {
    const { connection, options, clock } = this.dependencies;
    const { lingerMs = DEFAULT_SEND_LINGER_MS, maxWaitingMessages, maxWaitingBytes } = options;
    this.#sender ??= new Sender(
      connection.broker,
      {
        lingerMs,
        observer: options.observer,
        clock: realTimeOf(clock),
        ...(maxWaitingMessages !== undefined && { messages: maxWaitingMessages }),
        ...(maxWaitingBytes !== undefined && { bytes: maxWaitingBytes }),
      },
      connection.payloads,
    );
    return this.#sender;
  }
}
