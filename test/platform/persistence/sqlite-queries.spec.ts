import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  DuplicateKeyError,
  InvalidQueryError,
  type DocumentCollection,
  type Filter,
} from '../../../src/platform/persistence/index.js';
import { parseFilter } from '../../../src/platform/persistence/parse-filter.js';
import { matches } from '../../../src/platform/persistence/sqlite/evaluate/match.js';
import { parallelLists } from '../../../src/platform/persistence/sqlite/parallel.lists.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';

interface Item {
  _id: string;
  a?: unknown;
  b?: unknown;
  list?: unknown;
}

const scalar = fc.oneof(
  fc.constantFrom<(string | number | boolean | null | Date)[]>(
    null,
    -1,
    0,
    1,
    1.5,
    2 ** 53,
    '',
    'a',
    'b',
    'a\0',
    '\uE000',
    '\uFFFF',
    '\uFFFD',
    'i0',
    '😀',
    true,
    false,
    new Date(0),
    new Date(-5),
    new Date(1e12),
  ),
  fc.integer({ min: -3, max: 3 }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ c: scalar }, { requiredKeys: [] }) },
);
const entry = fc.oneof(scalar, fc.record({ c: scalar, d: scalar }, { requiredKeys: [] }));
const entries = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: entry },
    { weight: 1, arbitrary: fc.array(entry, { maxLength: 2 }) },
  ),
  { maxLength: 3 },
);
/** Those of `indexed` below that have several fields, of which only one may hold a list. */
const COMPOUND = [
  ['b', 'a'],
  ['list.c', 'b'],
];
const fields = fc
  .record({ a: value, b: value, list: fc.oneof(entries, value) }, { requiredKeys: [] })
  .filter((made) => COMPOUND.every((paths) => parallelLists(made, paths) === undefined));
const documents = fc.array(fields, { minLength: 1, maxLength: 8 });

const path = fc.constantFrom('a', 'b', 'a.c', 'list', 'list.c', 'list.d', 'list.0', '_id');
const operators = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $gt: scalar }),
  fc.record({ $gte: scalar, $lt: scalar }),
  fc.record({ $lte: scalar }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 2 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $not: fc.record({ $gt: scalar }) }),
  fc.record({ $elemMatch: fc.record({ $gte: scalar }) }),
  fc.record({ $elemMatch: fc.record({ $in: fc.array(scalar, { maxLength: 2 }) }) }),
  fc.record({ $elemMatch: fc.record({ c: scalar, d: fc.record({ $gt: scalar }) }) }),
  fc.record({ $elemMatch: fc.record({ c: scalar }) }),
  fc.record({ $elemMatch: fc.record({ 0: scalar }) }),
  fc.record({ $elemMatch: fc.record({ $elemMatch: fc.record({ $lte: scalar }) }) }),
  fc.record({ $elemMatch: fc.record({ $elemMatch: fc.record({ c: scalar }) }) }),
);
const field = fc.tuple(path, fc.oneof(scalar, operators)).map(([key, test]) => ({ [key]: test }));
const filters = fc.oneof(
  field,
  fc.array(field, { minLength: 1, maxLength: 3 }).map((all) => ({ $and: all })),
  fc.array(field, { minLength: 1, maxLength: 3 }).map((some) => ({ $or: some })),
  fc
    .tuple(field, field, field)
    .map(([one, two, three]) => ({ $and: [one, { $or: [two, three] }] })),
);

describe('queries of the embedded document store', () => {
  let store: SqliteStore;
  beforeAll(() => {
    store = new SqliteStore();
  });
  afterAll(() => store.close());

  const filled = async (
    contents: readonly object[],
    indexes: Parameters<SqliteStore['collection']>[0]['indexes'],
  ): Promise<DocumentCollection<Item>> => {
    const items = store.collection<Item>({
      name: `c-${randomUUID()}`,
      ...(indexes && { indexes }),
    });
    for (const [n, content] of contents.entries()) await items.insert({ _id: `i${n}`, ...content });
    return items;
  };
  const indexed = (contents: readonly object[]) =>
    filled(contents, [
      { fields: { a: 1 } },
      { fields: { 'a.c': 1 }, sparse: true },
      { fields: { b: 1, a: -1 } },
      { fields: { list: -1 }, sparse: true },
      { fields: { 'list.c': 1, b: 1 } },
    ]);

  it('find by indexes exactly what a look at every document finds', async () => {
    await fc.assert(
      fc.asyncProperty(documents, filters, async (contents, filter) => {
        const query = filter as Filter<Item>;
        const node = parseFilter(query);
        const items = await indexed(contents);
        const expected = contents
          .map((content, n): Item => ({ _id: `i${n}`, ...content }))
          .filter((document) => matches(document, node))
          .map(({ _id: id }) => id);
        const found = (await items.find(query)).map(({ _id: id }) => id);
        expect(found.toSorted()).toEqual(expected);
        expect(await items.count(query)).toBe(expected.length);
        expect(await items.deleteMany(query)).toBe(expected.length);
        expect(await items.count({})).toBe(contents.length - expected.length);
      }),
      { numRuns: 150 },
    );
  });

  it('find by an id and more exactly what a look at every document finds', async () => {
    const id = fc.constantFrom('i0', 'i1', 'none');
    await fc.assert(
      fc.asyncProperty(documents, id, filters, async (contents, _id, filter) => {
        const query = { $and: [filter, { _id: { $eq: _id } }] } as Filter<Item>;
        const node = parseFilter(query);
        const items = await indexed(contents);
        const expected = contents
          .map((content, n): Item => ({ _id: `i${n}`, ...content }))
          .filter((document) => matches(document, node));
        expect(await items.find(query)).toEqual(expected);
        expect(await items.count(query)).toBe(expected.length);
        expect(await items.findOne({ $or: [query] })).toEqual(expected[0] ?? null);
      }),
      { numRuns: 100 },
    );
  });

  it('find by indexes what updates of fields, of fields within, and of entries have made', async () => {
    const updates = fc.oneof(
      fc.record({ $set: fc.record({ a: value }) }),
      fc.record({ $set: fc.record({ 'a.c': scalar, b: scalar }) }),
      fc.record({ $set: fc.record({ 'list.0': value }) }),
      fc.record({ $set: fc.record({ 'list.0.c': scalar }) }),
      fc.record({ $unset: fc.constantFrom({ a: true }, { 'a.c': true }, { list: true }) }),
      fc.record({ $push: fc.record({ list: scalar }) }),
      fc.record({ $pull: fc.record({ list: scalar }) }),
      fc.record({ $inc: fc.constantFrom({ a: 1 }, { b: 1 }, { 'list.1': 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(updates, { maxLength: 6 }),
        filters,
        async (...given) => {
          const [contents, changes, filter] = given;
          const items = await indexed(contents);
          for (const [n, change] of changes.entries()) {
            // One that does not fit what is there changes nothing.
            await items.updateOne({ _id: `i${n % contents.length}` }, change).catch(() => null);
          }
          const query = filter as Filter<Item>;
          const node = parseFilter(query);
          const all = await items.find({}, { sort: { _id: 1 } });
          const expected = all.filter((document) => matches(document, node));
          const found = await items.find(query);
          expect(found).toHaveLength(expected.length);
          expect(found).toEqual(expect.arrayContaining(expected));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each<[string, Filter<Item>, boolean]>([
    ['a value within a list, which is no entry', { list: { $elemMatch: { $gt: 1 } } }, false],
    [
      'an entry of a list within a list',
      { list: { $elemMatch: { $elemMatch: { $gt: 1 } } } },
      true,
    ],
    ['a list as an entry without the field', { list: { $elemMatch: { c: null } } }, true],
    ['a list as an entry by its position', { list: { $elemMatch: { 0: 5 } } }, true],
  ])('an $elemMatch of %s is answered alike with and without an index', async (_, query, found) => {
    const contents = [{ list: [[5], { c: 1 }] }];
    const expected = found ? [{ _id: 'i0', ...contents[0] }] : [];

    expect(await (await indexed(contents)).find(query)).toEqual(expected);
    expect(await (await filled(contents, undefined)).find(query)).toEqual(expected);
  });

  it.each<[string, Filter<Item>, unknown, boolean]>([
    ['a position that the list does not have, which is not null', { 'list.1': null }, [5], false],
    ['an object without a field of that name, which is null', { 'list.1': null }, [{ c: 1 }], true],
    ['a field of a single value, which is not null', { 'list.0.c': null }, [5], false],
    ['a list at the position, which does not stand for its entries', { 'list.0': 5 }, [[5]], false],
    ['an entry of the list at the position', { 'list.0': { $elemMatch: { $eq: 5 } } }, [[5]], true],
    ['a list at the position of a list', { 'list.0.0': 5 }, [[5]], true],
    ['a field named like a position', { 'list.0': 5 }, [{ 0: [5] }], true],
  ])('a position in a list: %s, with and without an index', async (_, query, list, found) => {
    const expected = found ? [{ _id: 'i0', list }] : [];
    for (const at of ['list', 'list.0', 'list.1', 'list.0.c']) {
      const items = await filled([{ list }], [{ fields: { [at]: 1 } }]);
      expect(await items.find(query)).toEqual(expected);
      expect(await items.count(query)).toBe(expected.length);
    }
    expect(await (await filled([{ list }], undefined)).find(query)).toEqual(expected);
  });

  it('sort a list by its first entry, though a filter on an index leaves that entry out', async () => {
    const items = await indexed([{ a: 5 }, { a: [1, 10] }]);

    const found = await items.find({ a: { $gte: 4 } }, { sort: { a: 1, _id: 1 } });

    expect(found.map(({ _id: id }) => id)).toEqual(['i1', 'i0']);
  });

  it('sort a list by its first entry after an update has made it one', async () => {
    const items = await indexed([{ a: 5 }, { a: 10 }]);
    await items.updateOne({ _id: 'i1' }, { $set: { a: [10, 1] } });

    const found = await items.find({ a: { $gte: 4 } }, { sort: { a: 1, _id: 1 } });

    expect(found.map(({ _id: id }) => id)).toEqual(['i1', 'i0']);
  });

  it('sort objects by their fields, though an index does not tell them apart', async () => {
    const items = await indexed([{ a: { c: 2 } }, { a: { c: 1 } }]);

    const found = await items.find({}, { sort: { a: 1, _id: 1 } });

    expect(found.map(({ _id: id }) => id)).toEqual(['i1', 'i0']);
  });

  it('sort an empty list before null, by an index and without', async () => {
    const contents = [{ a: null }, { a: [] }, {}];
    for (const items of [await indexed(contents), await filled(contents, undefined)]) {
      const found = await items.find({}, { sort: { a: 1, _id: 1 } });
      expect(found.map(({ _id: id }) => id)).toEqual(['i1', 'i0', 'i2']);
    }
  });

  it('sort objects by the types of their fields before the names', async () => {
    const items = await filled([{ a: { x: 'text' } }, { a: { y: 1 } }], undefined);

    const found = await items.find({}, { sort: { a: 1 } });

    expect(found.map(({ _id: id }) => id)).toEqual(['i1', 'i0']);
  });

  it('find and count nothing by a number as _id, and still what is asked for beside it', async () => {
    const items = await filled([], undefined);
    await items.insert({ _id: '1' });

    for (const query of [{ _id: { $lt: 5 } }, { _id: 1 }, { _id: { $in: [1] } }]) {
      expect(await items.count(query)).toBe(0);
      expect(await items.find(query)).toEqual([]);
    }
    expect(await items.count({ $or: [{ _id: 5 }, { _id: '1' }] })).toBe(1);
  });

  it('answer a filter with more values than SQLite takes', async () => {
    const items = await filled([{ b: 7 }], undefined);
    const many = Array.from({ length: 1000 }, (_, n) => n);
    const query: Filter<Item> = { $and: Array.from({ length: 40 }, () => ({ b: { $in: many } })) };

    expect(await items.count(query)).toBe(1);
  });

  it('refuse an $inc beyond the largest number, and keep the number', async () => {
    const items = await filled([{ b: Number.MAX_VALUE }], undefined);

    const change = items.updateOne({ _id: 'i0' }, { $inc: { b: Number.MAX_VALUE } });

    await expect(change).rejects.toBeInstanceOf(InvalidQueryError);
    expect(await items.findOne({})).toEqual({ _id: 'i0', b: Number.MAX_VALUE });
  });

  describe('by a unique index', () => {
    it('take values that meet only across different entries of a list', async () => {
      const items = await filled(
        [
          {
            list: [
              { c: 1, d: 2 },
              { c: 3, d: 4 },
            ],
          },
          { list: [{ c: 1, d: 4 }] },
        ],
        [{ fields: { 'list.c': 1, 'list.d': 1 }, unique: true }],
      );

      const taken = items.insert({ _id: 'x', list: [{ c: 3, d: 4 }] });

      await expect(taken).rejects.toBeInstanceOf(DuplicateKeyError);
      expect(await items.count({})).toBe(2);
    });

    it('tell an empty list from null, but not from another empty list', async () => {
      const items = await filled(
        [{ list: [] }, { list: null }],
        [{ fields: { list: 1 }, unique: true }],
      );

      const taken = items.insert({ _id: 'x', list: [] });

      await expect(taken).rejects.toBeInstanceOf(DuplicateKeyError);
    });
  });

  it('find a document by both fields of an index after an update that moved a NUL from one to the other', async () => {
    const items = await filled([{ a: 'x', b: 'y\0tz' }], [{ fields: { a: 1, b: 1 } }]);
    const moved = { a: 'x\0ty', b: 'z' };

    await items.updateOne({ _id: 'i0' }, { $set: moved });

    expect(await items.find(moved)).toEqual([{ _id: 'i0', ...moved }]);
    expect(await items.find({ a: 'x', b: 'y\0tz' })).toEqual([]);
  });

  it.each<[string, Filter<Item>]>([
    ['null', { $or: [{ list: { $eq: null } }] }],
    ['null or a value', { $or: [{ list: null }, { list: 1 }] }],
    ['a list of values with null in it', { $or: [{ list: { $in: [1, null] } }, { list: 2 }] }],
  ])('find documents without the field of a sparse index under $or with %s', async (_, query) => {
    const items = await indexed([{}, { list: 1 }, { list: 3 }]);

    expect((await items.find(query)).map(({ _id: id }) => id)).toContain('i0');
  });

  it('filter and sort by indexes as a look at every document does', async () => {
    const sorts = fc.constantFrom<Record<string, 1 | -1>[]>(
      { a: 1, _id: 1 },
      { b: -1, a: 1, _id: 1 },
      { list: -1, _id: 1 },
    );
    await fc.assert(
      fc.asyncProperty(documents, filters, sorts, async (contents, filter, sort) => {
        const query = filter as Filter<Item>;
        const [byIndex, byLook] = [await indexed(contents), await filled(contents, undefined)];
        const expected = await byLook.find(query, { sort, skip: 1, limit: 3 });
        expect(await byIndex.find(query, { sort, skip: 1, limit: 3 })).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('sort by indexes as a sort of every document does, after updates too', async () => {
    const sorts = fc.constantFrom<Record<string, 1 | -1>[]>(
      { a: 1, _id: 1 },
      { a: -1, _id: -1 },
      { b: 1, a: -1, _id: 1 },
      { b: -1, _id: 1 },
      { list: -1, _id: 1 },
      { _id: -1 },
    );
    await fc.assert(
      fc.asyncProperty(
        documents,
        documents,
        sorts,
        fc.nat(3),
        async (before, after, sort, skip) => {
          const [byIndex, byLook] = [await indexed(before), await filled(before, undefined)];
          for (const [n, content] of after.slice(0, before.length).entries()) {
            const [key, changed] = Object.entries(content)[0] ?? ['b', 1];
            const change = [{ _id: `i${n}` }, { $set: { [key]: changed } }] as const;
            // Refused where it would make lists of two fields of an index.
            const made = await byIndex.updateOne(...change).catch(() => null);
            if (made !== null) await byLook.updateOne(...change);
          }
          const idsOf = async (items: DocumentCollection<Item>) =>
            (await items.find({}, { sort, skip, limit: 4 })).map(({ _id: id }) => id);
          expect(await idsOf(byIndex)).toEqual(await idsOf(byLook));
        },
      ),
      { numRuns: 150 },
    );
  });
});
