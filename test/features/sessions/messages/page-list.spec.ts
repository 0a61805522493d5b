import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PageList } from '../../../../src/features/sessions/messages/page-list.js';
import type { PageRef } from '../../../../src/features/sessions/session.document.js';

const newId = (): string => randomBytes(12).toString('base64url');

/** Pages of so many messages each, one after the other. */
function pagesOf(counts: readonly number[]): PageRef[] {
  let first = 0;
  return counts.map((count) => {
    const page = { id: newId(), first, count };
    first += count;
    return page;
  });
}

const overlapping = (pages: readonly PageRef[], from: number, to: number): PageRef[] =>
  pages.filter(({ first, count }) => first < to && first + count > from);

const counts = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 40 });
const messageId = fc.integer({ min: 0, max: 12_000 });

describe('a list of pages', () => {
  it('finds the pages of messages as a search through all of them does', () => {
    fc.assert(
      fc.property(counts, messageId, fc.integer({ min: 1, max: 2000 }), (sizes, from, length) => {
        const pages = pagesOf(sizes);
        const list = new PageList(new PageList().append(pages).text);
        expect(list.length).toBe(pages.length);
        expect(list.last).toEqual(pages.at(-1));
        expect(list.within(from, from + length)).toEqual(overlapping(pages, from, from + length));
        expect(list.find(from)).toEqual(overlapping(pages, from, from + 1)[0]);
      }),
    );
  });

  it('ends before a message in the middle of a page, and between two', () => {
    fc.assert(
      fc.property(counts, messageId, (sizes, end) => {
        const pages = pagesOf(sizes);
        const kept = pages
          .filter(({ first }) => first < end)
          .map((page) => ({ ...page, count: Math.min(page.count, end - page.first) }));
        expect(new PageList().append(pages).before(end).within(0, Infinity)).toEqual(kept);
      }),
    );
  });

  it('has one page replaced, and the last one taken', () => {
    const pages = pagesOf([3, 1, 2]);
    const list = new PageList().append(pages);
    const by = { id: newId(), first: 3, count: 1 };
    const middle = pages[1] ?? by;
    expect(list.replace(middle, by).within(0, 6)).toEqual([pages[0], by, pages[2]]);
    expect(list.withoutLast().within(0, 6)).toEqual(pages.slice(0, 2));
  });
});
