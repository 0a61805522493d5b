import type { PageRef } from '../session.document.js';

/** 12 random bytes in base64url. */
const ID_CHARS = 16;
const RADIX = 36;
/** Digits of a message id; enough for all pages. */
const FIRST_CHARS = 6;
/** Digits of the number of messages in a page, which has at most 64 KiB. */
const COUNT_CHARS = 4;
const RECORD_CHARS = ID_CHARS + FIRST_CHARS + COUNT_CHARS;

/**
 * The pages of an agent, oldest first, as one text of fixed-length records in the session document. Thousands of
 * objects would be parsed with every read of a session; in the text the page of a message is found without parsing the
 * others.
 */
export class PageList {
  constructor(
    /** The stored form. */
    readonly text = '',
  ) {}

  get length(): number {
    return this.text.length / RECORD_CHARS;
  }

  /** The last page; undefined when there is none. */
  get last(): PageRef | undefined {
    return this.length === 0 ? undefined : this.#at(this.length - 1);
  }

  /** The page with the message; undefined if it is in the session document or does not exist. */
  find(messageId: number): PageRef | undefined {
    return this.within(messageId, messageId + 1)[0];
  }

  /** The pages that hold messages of `[from, to)`, in order. */
  within(from: number, to: number): readonly PageRef[] {
    const found: PageRef[] = [];
    for (let at = this.#firstEndingAfter(from); at < this.length; at++) {
      const page = this.#at(at);
      if (page.first >= to) break;
      found.push(page);
    }
    return found;
  }

  append(pages: readonly PageRef[]): PageList {
    return new PageList(this.text + pages.map(recordOf).join(''));
  }

  withoutLast(): PageList {
    return new PageList(this.text.slice(0, -RECORD_CHARS));
  }

  /** Replaces a page by another one with the same messages. */
  replace(page: PageRef, by: PageRef): PageList {
    const at = this.#firstEndingAfter(page.first) * RECORD_CHARS;
    return new PageList(this.text.slice(0, at) + recordOf(by) + this.text.slice(at + RECORD_CHARS));
  }

  /** The pages of the messages before one; the last page may contain more messages for other lists. */
  before(messageId: number): PageList {
    const pages = this.#firstEndingAfter(messageId);
    const whole = new PageList(this.text.slice(0, pages * RECORD_CHARS));
    const [cut] = this.within(messageId, messageId + 1);
    if (cut === undefined || cut.first === messageId) return whole;
    return whole.append([{ ...cut, count: messageId - cut.first }]);
  }

  #at(index: number): PageRef {
    const record = this.text.slice(index * RECORD_CHARS, (index + 1) * RECORD_CHARS);
    const [id, first] = [record.slice(0, ID_CHARS), record.slice(ID_CHARS, -COUNT_CHARS)];
    const count = record.slice(-COUNT_CHARS);
    return { id, first: Number.parseInt(first, RADIX), count: Number.parseInt(count, RADIX) };
  }

  /** The index of the first page with a message of this id or a later one. */
  #firstEndingAfter(messageId: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { first, count } = this.#at(middle);
      if (first + count > messageId) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const recordOf = ({ id, first, count }: PageRef): string =>
  id + numberOf(first, FIRST_CHARS) + numberOf(count, COUNT_CHARS);

const numberOf = (value: number, chars: number): string =>
  value.toString(RADIX).padStart(chars, '0');
