import { randomUUID } from 'node:crypto';

import type { EntryBatcher } from '../batch/entry-batcher.js';
import { EXTENDED_PAYLOAD_SIZE, formatPointer } from '../codec/claim-check.js';
import type { PayloadStore } from '../codec/payload-store.js';
import { MAX_ATTRIBUTES } from '../sns-sqs.constants.js';
import { InvalidRecordError, MessageTooLargeError } from '../errors/index.js';
import type { Destination } from '../topology/index.js';
import { maxBytes, openChannel, type ChannelClients, type ChannelOptions } from './channel.js';
import { messageBytes, type OutgoingMessage } from './outgoing-message.js';

type Address = Pick<Destination, 'kind' | 'address' | 'fifo'>;

/** Sends messages to topics and queues: large ones by claim-check, all of them in batches. */
export class Sender {
  readonly #channels = new Map<string, EntryBatcher<OutgoingMessage>>();

  constructor(
    private readonly clients: ChannelClients,
    private readonly options: ChannelOptions,
    private readonly payloads?: PayloadStore,
  ) {}

  /**
   * Resolves when SNS or SQS has the message.
   *
   * @throws MessageTooLargeError when it is over the limit and there is no payload bucket.
   */
  async send(destination: Address, message: OutgoingMessage): Promise<void> {
    const bytes = messageBytes(message);
    const fitting =
      bytes > maxBytes(destination.kind)
        ? await this.#offload(destination, message, bytes)
        : message;
    await this.#channel(destination).add(fitting);
  }

  /** Sends what waits and resolves when every message is settled. */
  async flush(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.flush()));
  }

  #channel(destination: Address): EntryBatcher<OutgoingMessage> {
    const known = this.#channels.get(destination.address);
    if (known) return known;
    const channel = openChannel(destination, this.clients, this.options);
    this.#channels.set(destination.address, channel);
    return channel;
  }

  /** Forgets a destination that will not be used again, such as a vanished reply queue. */
  forget(address: string): void {
    this.#channels.delete(address);
  }

  async #offload(
    { kind }: Address,
    message: OutgoingMessage,
    bytes: number,
  ): Promise<OutgoingMessage> {
    const limit = maxBytes(kind);
    const attributes = {
      ...message.attributes,
      [EXTENDED_PAYLOAD_SIZE]: {
        DataType: 'Number',
        StringValue: String(Buffer.byteLength(message.body)),
      },
    };
    if (!this.payloads) {
      throw new MessageTooLargeError(
        `The message has ${bytes} bytes, ${kind === 'topic' ? 'SNS' : 'SQS'} takes ${limit}: configure a payload bucket, or send less`,
        { details: { bytes, limit } },
      );
    }
    if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
      throw new InvalidRecordError(
        `A message over the limit needs one of its ${MAX_ATTRIBUTES} attributes for its size`,
      );
    }
    const body = formatPointer(await this.payloads.put(randomUUID(), message.body));
    return { ...message, body, attributes };
  }
}
