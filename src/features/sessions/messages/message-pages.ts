import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DocumentStore, type DocumentCollection } from '../../../platform/persistence/index.js';
import {
  MESSAGE_PAGES_COLLECTION,
  type MessagePageDocument,
  type PageRef,
  type StoredMessage,
} from '../session.document.js';
import { StaleReadError } from '../stale-read.error.js';
import type { Tail } from './message-log.js';

/** 96 random bits; short, because a session refers to thousands of them. */
const PAGE_ID_BYTES = 12;

/**
 * Pages of older messages. A page is written before the session refers to it, and never changed, so that sessions can
 * share pages and readers never see a partial change.
 */
@Injectable()
export class MessagePages {
  readonly #pages: DocumentCollection<MessagePageDocument>;

  constructor(store: DocumentStore) {
    this.#pages = store.collection(MESSAGE_PAGES_COLLECTION);
  }

  /**
   * Stores each run of messages as a page of its own.
   *
   * @param family Identifies the sessions that may share the pages.
   */
  async write(family: string, parts: readonly Pick<Tail, 'messages'>[]): Promise<PageRef[]> {
    const refs: PageRef[] = [];
    for (const { messages } of parts) {
      const id = randomBytes(PAGE_ID_BYTES).toString('base64url');
      await this.#pages.insert({ _id: id, family, messages: [...messages] });
      refs.push({ id, first: messages[0]?.message_id ?? 0, count: messages.length });
    }
    return refs;
  }

  /**
   * The messages that the reference covers; of a page shared with a fork, only the first ones.
   *
   * @throws {StaleReadError} if the page no longer exists, because a redaction replaced it.
   */
  async read({ id, first, count }: PageRef): Promise<readonly StoredMessage[]> {
    const page = await this.#pages.findOne({ _id: id });
    if (page === null) throw new StaleReadError(`Page ${id} of a session's messages is missing`);
    return page.messages.filter(
      ({ message_id }) => message_id >= first && message_id < first + count,
    );
  }

  async delete(refs: readonly PageRef[]): Promise<void> {
    for (const { id } of refs) await this.#pages.deleteMany({ _id: id });
  }

  /** Deletes every page of the family's sessions. */
  async deleteFamily(family: string): Promise<void> {
    await this.#pages.deleteMany({ family });
  }
}
