import { Inject, Injectable } from '@nestjs/common';
import { InvalidRecordError, MessageTooLargeError } from '../../transport/errors/index.js';
import type { DelayedMessageStore } from '../../transport/index.js';
import type { DelayedMessage } from '../../transport/client/delayed-message.js';
import { DocumentStore, DuplicateKeyError, type DocumentCollection } from '../persistence/index.js';
import { MAX_ENTRY_BYTES } from './outbox.constants.js';
import { outboxEntry, withOutbox, type OutboxDocument } from './outbox.entry.js';
import { Outbox } from './outbox.js';

const DELAYED_KIND = 'delayed';

interface DelayedDocument extends OutboxDocument {
  /** Messages of several patterns may have one id. */
  message_id: string;
}

const DELAYED_MESSAGES = withOutbox<DelayedDocument>({
  name: 'delayed_messages',
  indexes: [{ fields: { message_id: 1 } }],
});

/**
 * Keeps messages with delays of any length as documents; the outbox sends each when it is due. For the client's option
 * `delays`.
 */
@Injectable()
export class DelayedMessages implements DelayedMessageStore {
  readonly #documents: DocumentCollection<DelayedDocument>;
  readonly #outbox: Outbox;

  constructor(@Inject(DocumentStore) store: DocumentStore, outbox: Outbox) {
    this.#documents = store.collection(DELAYED_MESSAGES);
    this.#outbox = outbox;
    outbox.relay(DELAYED_MESSAGES);
  }

  /** @throws {Error} for a second client: one document store keeps the messages of one client. */
  onDue(send: (message: DelayedMessage) => Promise<void>): void {
    this.#outbox.handle(DELAYED_KIND, (data) => send(data as DelayedMessage));
  }

  /**
   * @throws {MessageTooLargeError} when the message is over 1 MiB as JSON, {InvalidRecordError} when another message
   * with its id and pattern is kept.
   */
  async keep(message: DelayedMessage, dueAt: Date): Promise<void> {
    const { id, pattern } = message;
    if (Buffer.byteLength(JSON.stringify(message)) > MAX_ENTRY_BYTES) {
      throw new MessageTooLargeError(
        `A delayed message can have at most ${MAX_ENTRY_BYTES} bytes as JSON. Send a smaller one, or a reference to its data`,
      );
    }
    const document: DelayedDocument = {
      _id: documentId(pattern, id),
      message_id: id,
      outbox: [outboxEntry(DELAYED_KIND, message, { dueAt })],
      outbox_then_delete: true,
    };
    try {
      await this.#documents.insert(document);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      await this.#refuseAnother(document, message);
    }
  }

  async cancel(id: string): Promise<boolean> {
    const ofId = { message_id: { $eq: id } };
    const cancelled = await this.#documents.deleteMany({
      ...ofId,
      'outbox_lease.token': { $exists: false },
    });
    // A message that a relay has claimed may already be in the middle of being sent.
    return cancelled > 0 && (await this.#documents.count(ofId)) === 0;
  }

  /** A caller that got no confirmation keeps its message again, which is fine; a different message would be lost. */
  async #refuseAnother(
    { _id: id, message_id: messageId }: DelayedDocument,
    { body, pattern }: DelayedMessage,
  ): Promise<void> {
    const known = await this.#documents.findOne(
      { _id: { $eq: id } },
      { projection: { outbox: 1, outbox_parked: 1 } },
    );
    const kept = [...(known?.outbox ?? []), ...(known?.outbox_parked ?? [])].map(
      ({ data }) => (JSON.parse(data) as DelayedMessage).body,
    );
    // It has just been sent: the same message, a moment earlier.
    if (kept.every((other) => other === body)) return;
    throw new InvalidRecordError(
      `Another message "${pattern}" with the id ${messageId} is delayed already. Cancel that one, or use another id`,
    );
  }
}

/** Ids contain no line feed, so two different pairs never give the same document id. */
const documentId = (pattern: string, id: string): string => `${id}\n${pattern}`;
