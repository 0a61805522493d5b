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

/** 96 random bits: short, as a session refers to thousands of them. */
const PAGE_ID_BYTES = 12;

/**
 * Pages of older messages. A page is written before the session refers to it, and never
 * changed, so that sessions may share one and a reader never sees half a change.
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
   * @param family The sessions that may share the pages.
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
   * The messages that the reference covers: of a page that a fork shares, the first ones alone.
   *
   * @throws {StaleReadError} when the page is gone: a redaction has put another in its place.
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

  /** Every page that sessions of the family had. */
  async deleteFamily(family: string): Promise<void> {
    await this.#pages.deleteMany({ family });
  }
}
