import { randomUUID } from 'node:crypto';

import type { Broker, OutgoingMessage } from '../broker/broker.js';
import type { EntryBatcher } from '../call-batching/entry-batcher.js';
import { compressMessage, isCompressible } from '../codec/compression/compress-message.js';
import type { Compression } from '../codec/compression/encodings.js';
import { EXTENDED_PAYLOAD_SIZE, formatPointer } from '../codec/claim-check.js';
import type { PayloadStore } from '../codec/payload-store.js';
import {
  DEFAULT_MAX_WAITING_BYTES,
  DEFAULT_MAX_WAITING_MESSAGES,
  MAX_ATTRIBUTES,
} from '../sns-sqs.constants.js';
import { InvalidRecordError, MessageTooLargeError } from '../errors/index.js';
import { maxBytes, openChannel, type Address, type ChannelOptions } from './channel.js';
import { messageBytes } from './outgoing-message.js';
import { SendBuffer, type SendBufferLimits } from './send-buffer.js';

// Bounded, because a server that answers sees a new reply queue for each client process.
const MAX_IDLE_CHANNELS = 100;

/** Messages that may wait outside for each one inside; their bytes have the same limit as those inside. */
const OUTSIDE_PER_MESSAGE = 10;

/** Messages that may be pending in all, inside the buffer and outside. */
export const mostPending = (messages: number = DEFAULT_MAX_WAITING_MESSAGES): number =>
  messages * (1 + OUTSIDE_PER_MESSAGE);

interface SizedMessage {
  readonly message: OutgoingMessage;
  readonly bytes: number;
}

/** A message's turn in the order of its FIFO destination. */
interface Turn {
  /** Resolves when the message before it has been passed on or has failed; undefined when there is none. */
  readonly before: Promise<void> | undefined;
  /** Starts the next turn; a second call does nothing. */
  readonly end: () => void;
}

/** Options of `send` besides destination and message. */
interface SendOptions {
  /** Compression of the destination's codec. @defaultValue none: bodies are sent uncompressed */
  readonly compression?: Compression | undefined;
}

/**
 * Sends messages to topics and queues in batches. Bodies are compressed if the codec says so; those still too large are
 * offloaded.
 */
export class Sender {
  readonly #channels = new Map<string, EntryBatcher<OutgoingMessage>>();
  readonly #buffer: SendBuffer;
  readonly #turns = new Map<string, Promise<void>>();
  #stopped: Error | undefined;

  constructor(
    private readonly broker: Pick<Broker, 'send'>,
    private readonly options: ChannelOptions & Partial<SendBufferLimits>,
    private readonly payloads?: PayloadStore,
  ) {
    const { messages = DEFAULT_MAX_WAITING_MESSAGES, bytes = DEFAULT_MAX_WAITING_BYTES } = options;
    this.#buffer = new SendBuffer(
      { messages, bytes },
      { messages: messages * OUTSIDE_PER_MESSAGE, bytes },
    );
  }

  /** Whether a message was refused because the buffer was full, and none has been sent since. */
  get isFull(): boolean {
    return this.#buffer.isFull;
  }

  /**
   * Resolves when SNS or SQS has taken the message. First waits for capacity in the send buffer.
   *
   * @throws MessageTooLargeError when the message is over the limit and there is no payload bucket; SendBufferFullError
   * when too many messages wait.
   */
  async send(
    destination: Address,
    message: OutgoingMessage,
    options: SendOptions = {},
  ): Promise<void> {
    const bytes = messageBytes(message);
    // The turn is taken before waiting for capacity, so that a later message that finds some at once does not overtake.
    const turn = destination.fifo ? this.#takeTurn(destination.address) : undefined;
    try {
      const full = this.#buffer.enter(bytes);
      if (full) await full;
      try {
        await this.#sendFitting(
          destination,
          this.#fitting(destination, message, bytes, options),
          turn,
        );
      } finally {
        this.#buffer.leave(bytes);
      }
    } finally {
      turn?.end();
    }
  }

  /**
   * Refuses a message that `send` would refuse later, as far as is known now: a body to be compressed may still fit.
   *
   * @throws MessageTooLargeError as `send`.
   */
  refuseTooLarge(destination: Address, message: OutgoingMessage, options: SendOptions = {}): void {
    const bytes = messageBytes(message);
    if (this.payloads || options.compression || bytes <= maxBytes(destination)) return;
    throw tooLarge(destination, bytes);
  }

  /**
   * Bodies are compressed and offloaded concurrently, but no message of a FIFO destination overtakes one whose body is
   * not ready yet.
   */
  async #sendFitting(
    destination: Address,
    fitting: SizedMessage | Promise<SizedMessage>,
    turn: Turn | undefined,
  ): Promise<void> {
    if (turn) await Promise.allSettled([fitting, turn.before]);
    const added = this.#add(destination, fitting instanceof Promise ? await fitting : fitting);
    turn?.end();
    return added;
  }

  #add(destination: Address, { message, bytes }: SizedMessage): Promise<void> {
    return this.#channel(destination).add(message, bytes);
  }

  /** Returns a promise only for a body that is compressed or offloaded. */
  #fitting(
    destination: Address,
    message: OutgoingMessage,
    bytes: number,
    { compression }: SendOptions,
  ): SizedMessage | Promise<SizedMessage> {
    if (compression && isCompressible(message, compression))
      return this.#compressed(destination, message, compression);
    return bytes > maxBytes(destination)
      ? this.#offload(destination, message, bytes)
      : { message, bytes };
  }

  /** Compresses the body, then offloads it if it is still too large. */
  async #compressed(
    destination: Address,
    message: OutgoingMessage,
    compression: Compression,
  ): Promise<SizedMessage> {
    const smaller = await compressMessage(message, compression);
    const bytes = messageBytes(smaller);
    if (bytes <= maxBytes(destination)) return { message: smaller, bytes };
    // A pointer needs an attribute too; if only one is left for both, the pointer gets it.
    const full = Object.keys(smaller.attributes).length >= MAX_ATTRIBUTES;
    return full
      ? this.#offload(destination, message, messageBytes(message))
      : this.#offload(destination, smaller, bytes);
  }

  /** Messages of a FIFO destination are sent in the order of their `send` calls. */
  #takeTurn(address: string): Turn {
    const before = this.#turns.get(address);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turns.set(address, promise);
    const end = (): void => {
      resolve();
      if (this.#turns.get(address) === promise) this.#turns.delete(address);
    };
    return { before, end };
  }

  /** Sends waiting messages and resolves when every message is settled. */
  async flush(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.flush()));
  }

  /** Begins no call any more: messages that wait or come later fail with `error`, those of a call in flight end as it does. */
  stop(error: Error): void {
    this.#stopped = error;
    for (const channel of this.#channels.values()) channel.stop(error);
  }

  #channel(destination: Address): EntryBatcher<OutgoingMessage> {
    const known = this.#channels.get(destination.address);
    if (known) return known;
    if (this.#channels.size >= MAX_IDLE_CHANNELS) this.#forgetIdle();
    const channel = openChannel(destination, this.broker.send, this.options);
    if (this.#stopped) channel.stop(this.#stopped);
    this.#channels.set(destination.address, channel);
    return channel;
  }

  /** Forgets a destination that will not be used again, such as a vanished reply queue. */
  forget(address: string): void {
    this.#channels.delete(address);
  }

  #forgetIdle(): void {
    for (const [address, { unsettled }] of this.#channels)
      if (unsettled === 0) this.#channels.delete(address);
  }

  async #offload(
    destination: Address,
    message: OutgoingMessage,
    bytes: number,
  ): Promise<SizedMessage> {
    const attributes = {
      ...message.attributes,
      [EXTENDED_PAYLOAD_SIZE]: {
        DataType: 'Number',
        StringValue: String(Buffer.byteLength(message.body)),
      },
    };
    if (!this.payloads) throw tooLarge(destination, bytes);
    if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
      throw new InvalidRecordError(
        `A message over the limit needs one of its ${MAX_ATTRIBUTES} attributes for the size of its body: remove one`,
      );
    }
    const body = formatPointer(await this.payloads.put(randomUUID(), message.body));
    const pointer = { ...message, body, attributes };
    return { message: pointer, bytes: messageBytes(pointer) };
  }
}

function tooLarge(destination: Address, bytes: number): MessageTooLargeError {
  const limit = maxBytes(destination);
  return new MessageTooLargeError(
    `The message has ${bytes} bytes, ${destination.kind === 'topic' ? 'SNS' : 'SQS'} accepts at most ${limit}. Configure a payload bucket, or send a smaller message`,
    { details: { bytes, limit } },
  );
}
