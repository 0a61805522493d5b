import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DuplicateKeyError,
  IndexError,
  InvalidQueryError,
  UnsafeKeyError,
  type DocumentCollection,
  type DocumentStore,
  type Filter,
  type Update,
} from '../../src/platform/persistence/index.js';
import { UnstorableValueError } from '../../src/platform/persistence/persistence.errors.js';
import { WeftError } from '../../src/transport/errors/index.js';

interface Item {
  _id: string;
  name?: string | null;
  n?: number;
  nested?: Record<string, unknown>;
  tags?: unknown[];
  parts?: { sku: string; count: number }[];
  at?: Date;
  code?: string;
}

/**
 * What every store keeps, word for word.
 *
 * @param open gives a store of its own.
 */
export function documentCollectionContract(name: string, open: () => DocumentStore): void {
  describe(`a document collection in ${name}`, () => {
    let store: DocumentStore;
    let items: DocumentCollection<Item>;

    beforeAll(() => {
      store = open();
    });
    beforeEach(() => {
      items = store.collection<Item>({
        name: `items-${randomUUID()}`,
        indexes: [
          { fields: { 'parts.sku': 1 } },
          { fields: { name: 1, n: -1 } },
          { fields: { code: 1 }, unique: true, sparse: true },
          { fields: { at: 1 }, expireAfterSeconds: 3600 },
        ],
      });
    });
    afterAll(() => store.close());

    const insert = async (...documents: Item[]) => {
      for (const document of documents) await items.insert(document);
    };
    const order = async (options: Parameters<typeof items.find>[1]) =>
      (await items.find({}, options)).map(({ _id: id }) => id).join('');
    const upsert = (filter: Filter<Item>, change: Update<Item>) =>
      items.updateOne(filter, change, { upsert: true });
    const projected = async (projection: Record<string, 0 | 1>) =>
      items.findOne({ _id: 'a' }, { projection });
    const ids = async (filter: Filter<Item>) =>
      (await items.find(filter, { sort: { _id: 1 } })).map(({ _id: id }) => id).join('');

    describe('inserting', () => {
      it('keeps the document as it was, Dates and nulls included', async () => {
        const document: Item = {
          _id: 'a',
          name: null,
          n: 1.5,
          nested: { deep: [{ list: [1, 'zwei', null, true] }], empty: {} },
          tags: [],
          at: new Date(Date.now() + 1000),
        };
        await insert(document);
        expect(await items.findOne({ _id: 'a' })).toEqual(document);
      });

      it('leaves out fields that are undefined', async () => {
        await insert({ _id: 'a', name: undefined as unknown as string });
        expect(Object.keys((await items.findOne({ _id: 'a' })) ?? {})).toEqual(['_id']);
      });

      it('refuses an _id that is taken, and keeps what is there', async () => {
        await insert({ _id: 'a', n: 1 });
        await expect(insert({ _id: 'a', n: 2 })).rejects.toBeInstanceOf(DuplicateKeyError);
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
      });

      it('refuses a unique value that is taken, but takes many without one', async () => {
        await insert({ _id: 'a', code: 'x' }, { _id: 'b' }, { _id: 'c' });
        await expect(insert({ _id: 'd', code: 'x' })).rejects.toBeInstanceOf(DuplicateKeyError);
        expect(await ids({})).toBe('abc');
      });

      it('lets one of many parallel inserts of an _id win', async () => {
        const attempts = Array.from({ length: 10 }, (_, n) => items.insert({ _id: 'a', n }));
        const outcomes = await Promise.allSettled(attempts);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      it.each(['', '__proto__'])('refuses %j as _id', async (id) => {
        await expect(insert({ _id: id })).rejects.toBeInstanceOf(WeftError);
      });

      it.each(['a.b', '$where', '__proto__', 'constructor', 'prototype', '', 'nul\0'])(
        'refuses the key %j, naming it',
        async (key) => {
          const nested = { list: [Object.fromEntries([[key, 1]])] };
          const failure = items.insert({ _id: 'a', nested });
          await expect(failure).rejects.toBeInstanceOf(UnsafeKeyError);
          await expect(failure).rejects.toThrow(JSON.stringify(key));
          expect(await items.count({})).toBe(0);
        },
      );

      it.each([[Number.NaN], [() => 1], [Symbol('s')], [10n], [new Date(Number.NaN)]])(
        'refuses the value %p',
        async (value) => {
          await expect(insert({ _id: 'a', nested: { value } })).rejects.toBeInstanceOf(WeftError);
        },
      );

      it('keeps a lone surrogate as U+FFFD and -0 as 0, and finds them by either', async () => {
        await insert({ _id: 'a\ud800', name: '\udc00', n: -0, nested: { '\ud800': 1 } });
        const kept = { _id: 'a\ufffd', name: '\ufffd', n: 0, nested: { '\ufffd': 1 } };
        expect(await items.findOne({ _id: 'a\ud800', name: '\udc00', n: -0 })).toEqual(kept);
        expect(await items.findOne({ _id: 'a\ufffd', name: '\ufffd', n: 0 })).toEqual(kept);
        expect(await items.count({ name: { $gt: '\uffff' } })).toBe(0);
      });

      it('does not share the document with its caller', async () => {
        const document: Item = { _id: 'a', nested: { list: [1] } };
        await insert(document);
        document.nested = {};
        const found = await items.findOne({ _id: 'a' });
        expect(found?.nested).toEqual({ list: [1] });
        if (found?.nested !== undefined) found.nested['list'] = 'changed';
        expect((await items.findOne({ _id: 'a' }))?.nested).toEqual({ list: [1] });
      });
    });

    describe('fields of one index that hold lists', () => {
      let listed: DocumentCollection<Item>;
      beforeEach(() => {
        const fields = { tags: 1, 'parts.sku': 1, 'nested.list': 1 } as const;
        // Unique, because mongo-java-server looks at no other index.
        const indexes = [{ fields, unique: true }];
        listed = store.collection<Item>({ name: `listed-${randomUUID()}`, indexes });
      });
      const part = { sku: 'x', count: 1 };

      it.each<[string, Item]>([
        ['lists of two fields', { _id: 'a', tags: [1], parts: [part] }],
        ['an empty list and another', { _id: 'a', tags: [], parts: [part] }],
        ['a list within an object', { _id: 'a', tags: [1], nested: { list: [1] } }],
      ])('are refused by insert: %s', async (_what, document) => {
        await listed.insert({ _id: 'one', tags: [1, 2] });
        const inserted = listed.insertMany([{ _id: 'before' }, document, { _id: 'after' }]);
        await expect(inserted).rejects.toBeInstanceOf(UnstorableValueError);
        await expect(inserted).rejects.toThrow('belong to one index and both hold lists');
        await expect(listed.insert(document)).rejects.toBeInstanceOf(UnstorableValueError);
        const found = await listed.find({}, { sort: { _id: 1 } });
        expect(found.map(({ _id: id }) => id)).toEqual(['before', 'one']);
      });

      it('are refused by an update and an upsert, which change nothing', async () => {
        await listed.insert({ _id: 'a', tags: [1] });
        for (const id of ['a', 'b']) {
          const change = { $set: { parts: [part], tags: [1] } };
          await expect(
            listed.updateOne({ _id: id }, change, { upsert: true }),
          ).rejects.toBeInstanceOf(UnstorableValueError);
        }
        expect(await listed.find({})).toEqual([{ _id: 'a', tags: [1] }]);
      });

      it('are stored where all but one hold a single value, and found by each entry', async () => {
        const document = { _id: 'a', tags: [1, 2], nested: { list: 3 } };
        await listed.insert(document);
        await listed.updateOne({ _id: 'a' }, { $push: { tags: 4 } });
        expect(await listed.count({ tags: 4, 'nested.list': 3 })).toBe(1);
      });
    });

    describe('inserting many', () => {
      it('keeps them all, and nothing of none', async () => {
        const many = Array.from({ length: 1200 }, (_, n) => ({ _id: `d${n}`, n }));
        await items.insertMany(many);
        await items.insertMany([]);
        expect(await items.count({})).toBe(1200);
        expect(await items.findOne({ _id: 'd777' })).toEqual({ _id: 'd777', n: 777 });
      });

      it('stops at the first that is taken, and keeps those before it', async () => {
        await insert({ _id: 'b', n: 0 });
        const many = ['a', 'b', 'c'].map((_id) => ({ _id, n: 1 }));
        await expect(items.insertMany(many)).rejects.toBeInstanceOf(DuplicateKeyError);
        expect(await items.find({}, { sort: { _id: 1 } })).toEqual([
          { _id: 'a', n: 1 },
          { _id: 'b', n: 0 },
        ]);
      });

      it('refuses all of them when one cannot be stored', async () => {
        const many = [{ _id: 'a' }, { _id: 'b', nested: { 'x.y': 1 } }];
        await expect(items.insertMany(many)).rejects.toBeInstanceOf(UnsafeKeyError);
        expect(await items.count({})).toBe(0);
      });
    });

    describe('a filter', () => {
      beforeEach(() =>
        insert(
          { _id: 'a', name: 'ann', n: 1, tags: ['x', 'y'], parts: [{ sku: 'p', count: 1 }] },
          {
            _id: 'b',
            name: 'bob',
            n: 2,
            tags: [3],
            parts: [
              { sku: 'p', count: 5 },
              { sku: 'q', count: 1 },
            ],
          },
          { _id: 'c', name: null, n: 3, nested: { deep: { x: 1 } }, tags: [] },
          { _id: 'd', nested: { deep: null } },
        ),
      );

      const cases: [Filter<Item>, string][] = [
        [{}, 'abcd'],
        [{ _id: 'b' }, 'b'],
        [{ name: 'ann' }, 'a'],
        [{ name: { $eq: 'ann' } }, 'a'],
        [{ name: null }, 'cd'],
        [{ name: { $ne: 'ann' } }, 'bcd'],
        [{ name: { $ne: null } }, 'ab'],
        [{ n: { $gt: 1 } }, 'bc'],
        [{ n: { $gte: 2, $lt: 3 } }, 'b'],
        [{ n: { $lte: 1 } }, 'a'],
        [{ n: { $gt: 'text' } }, ''],
        [{ name: { $gt: 'anz' } }, 'b'],
        [{ name: { $in: ['bob', 'ann'] } }, 'ab'],
        [{ name: { $in: [null, 'bob'] } }, 'bcd'],
        [{ name: { $in: [] } }, ''],
        [{ name: { $nin: ['bob', null] } }, 'a'],
        [{ name: { $exists: true } }, 'abc'],
        [{ name: { $exists: false } }, 'd'],
        [{ n: { $not: { $gt: 1 } } }, 'ad'],
        [{ tags: 'x' }, 'a'],
        [{ tags: { $ne: 'x' } }, 'bcd'],
        [{ tags: { $in: ['y', 3] } }, 'ab'],
        [{ tags: { $elemMatch: { $gt: 2 } } }, 'b'],
        [{ 'tags.1': 'y' }, 'a'],
        [{ 'tags.1': { $exists: true } }, 'a'],
        [{ 'nested.deep.x': 1 }, 'c'],
        [{ 'nested.deep': null }, 'abd'],
        [{ 'nested.deep.x': { $exists: false } }, 'abd'],
        [{ 'parts.sku': 'p' }, 'ab'],
        [{ 'parts.sku': { $in: ['q'] } }, 'b'],
        [{ 'parts.1.sku': 'q' }, 'b'],
        [{ 'parts.sku': 'p', 'parts.count': 1 }, 'ab'],
        [{ parts: { $elemMatch: { sku: 'p', count: { $gt: 1 } } } }, 'b'],
        [{ parts: { $elemMatch: { $or: [{ sku: 'q' }, { count: 9 }] } } }, 'b'],
        [{ $and: [{ n: { $gt: 1 } }, { name: 'bob' }] }, 'b'],
        [{ $or: [{ name: 'ann' }, { n: 3 }] }, 'ac'],
        [{ $or: [{ n: 1 }, { n: 2 }], name: { $ne: 'bob' } }, 'a'],
      ];
      it.each(cases)('%j finds %j', async (filter, expected) => {
        expect(await ids(filter)).toBe(expected);
        expect(await items.count(filter)).toBe(expected.length);
      });

      const refused: [unknown][] = [
        [{ $where: 'true' }],
        [{ $expr: {} }],
        [{ name: { $regex: 'a' } }],
        [{ name: /a/ }],
        [{ name: ['ann'] }],
        [{ name: { first: 'ann' } }],
        [{ name: { $eq: { $gt: '' } } }],
        [{ name: { $in: [{ $gt: '' }] } }],
        [{ name: { $in: 'ann' } }],
        [{ name: {} }],
        [{ name: undefined }],
        [{ $or: [] }],
        [{ $and: [{ $where: '1' }] }],
        [{ tags: { $elemMatch: { $where: '1' } } }],
        [{ n: { $gt: Number.NaN } }],
        [{ n: { $exists: 1 } }],
        [{ 'name.$gt': 1 }],
        [{ 'nested.__proto__.x': 1 }],
        [null],
      ];
      it.each(refused)('%j is refused', async (filter) => {
        await expect(items.find(filter as Filter<Item>)).rejects.toBeInstanceOf(WeftError);
        await expect(items.deleteMany(filter as Filter<Item>)).rejects.toBeInstanceOf(WeftError);
        expect(await items.count({})).toBe(4);
      });
    });

    it('refuses a filter of too many levels, and a path of too many fields', async () => {
      const path = Array.from({ length: 91 }, () => 'a').join('.');
      await expect(items.find(nestedFilter(1000))).rejects.toBeInstanceOf(InvalidQueryError);
      await expect(items.find({ [path]: 1 })).rejects.toBeInstanceOf(InvalidQueryError);
      await expect(items.updateOne({}, { $set: { [path]: 1 } })).rejects.toBeInstanceOf(
        InvalidQueryError,
      );
    });

    describe('finding', () => {
      beforeEach(() =>
        insert(
          { _id: 'a', n: 2, name: 'x', nested: { a: 1, b: 2 }, parts: [{ sku: 'p', count: 1 }] },
          { _id: 'b', n: 1, name: 'y' },
          { _id: 'c', name: 'x' },
          { _id: 'd', n: 2, name: 'z' },
        ),
      );

      it('sorts by several fields, missing ones first going up', async () => {
        expect(await order({ sort: { n: 1, _id: -1 } })).toBe('cbda');
        expect(await order({ sort: { n: -1, _id: 1 } })).toBe('adbc');
      });

      it('skips and limits', async () => {
        expect(await order({ sort: { _id: 1 }, skip: 1, limit: 2 })).toBe('bc');
        expect(await order({ sort: { _id: 1 }, skip: 9 })).toBe('');
        expect(await order({ limit: 0 })).toBe('');
      });

      it('keeps or leaves out the fields of a projection, _id always stays', async () => {
        expect(await projected({ n: 1, 'nested.a': 1, 'parts.sku': 1, missing: 1 })).toEqual({
          _id: 'a',
          n: 2,
          nested: { a: 1 },
          parts: [{ sku: 'p' }],
        });
        expect(await projected({ name: 0, 'nested.a': 0, parts: 0 })).toEqual({
          _id: 'a',
          n: 2,
          nested: { b: 2 },
        });
      });

      it.each<[Parameters<typeof items.find>[1]]>([
        [{ limit: -1 }],
        [{ limit: 1.5 }],
        [{ limit: Number.NaN }],
        [{ skip: -1 }],
        [{ skip: Number.POSITIVE_INFINITY }],
        [{ sort: { n: 2 as 1 } }],
        [{ sort: { $where: 1 } }],
        [{ projection: { _id: 0 } }],
        [{ projection: { n: 1, name: 0 } }],
        [{ projection: { nested: 1, 'nested.a': 1 } }],
        [{ projection: { n: 'x' as unknown as 1 } }],
      ])('refuses the options %j', async (options) => {
        await expect(items.find({}, options)).rejects.toBeInstanceOf(WeftError);
      });

      it('gives null for one that is not there', async () => {
        expect(await items.findOne({ _id: 'z' })).toBeNull();
      });
    });

    describe('updating', () => {
      const update = (change: Update<Item>) => items.updateOne({ _id: 'a' }, change);

      const cases: [string, Omit<Item, '_id'>, Update<Item>, Omit<Item, '_id'>][] = [
        ['sets a field', { n: 1 }, { $set: { name: 'x' } }, { n: 1, name: 'x' }],
        ['sets within', {}, { $set: { 'nested.a.b': 1 } }, { nested: { a: { b: 1 } } }],
        [
          'sets in a list',
          { tags: [{ a: 1 }, 2] },
          { $set: { 'tags.0.a': 5 } },
          { tags: [{ a: 5 }, 2] },
        ],
        ['fills a list up', { tags: [1] }, { $set: { 'tags.3': 4 } }, { tags: [1, null, null, 4] }],
        [
          'takes away',
          { n: 1, nested: { a: 1, b: 2 } },
          { $unset: { n: true, 'nested.a': true } },
          { nested: { b: 2 } },
        ],
        [
          'takes away what is not there',
          { n: 1 },
          { $unset: { name: true, 'n.x': true } },
          { n: 1 },
        ],
        ['counts', { n: 1 }, { $inc: { n: 2, 'nested.n': -1 } }, { n: 3, nested: { n: -1 } }],
        [
          'keeps the greater',
          { n: 1, name: 'b' },
          { $max: { n: 5, name: 'a' } },
          { n: 5, name: 'b' },
        ],
        [
          'keeps the lesser',
          { n: 1, name: 'b' },
          { $min: { n: 5, name: 'a', code: 'c' } },
          { n: 1, name: 'a', code: 'c' },
        ],
        ['adds to a list', { tags: [1] }, { $push: { tags: 2 } }, { tags: [1, 2] }],
        ['adds a list as one', {}, { $push: { tags: [1, 2] } }, { tags: [[1, 2]] }],
        [
          'adds several',
          { tags: [1] },
          { $push: { tags: { $each: [2, 3] } } },
          { tags: [1, 2, 3] },
        ],
        [
          'keeps the last',
          { tags: [1, 2] },
          { $push: { tags: { $each: [3], $slice: -2 } } },
          { tags: [2, 3] },
        ],
        [
          'keeps the first',
          { tags: [1, 2] },
          { $push: { tags: { $each: [3], $slice: 2 } } },
          { tags: [1, 2] },
        ],
        [
          'keeps none',
          { tags: [1, 2] },
          { $push: { tags: { $each: [3], $slice: 0 } } },
          { tags: [] },
        ],
        [
          'adds to a set',
          { tags: [1, { a: 1 }] },
          { $addToSet: { tags: { $each: [1, { a: 1 }, 2, 2] } } },
          { tags: [1, { a: 1 }, 2] },
        ],
        ['pulls a value', { tags: [1, 2, 1, '1'] }, { $pull: { tags: 1 } }, { tags: [2, '1'] }],
        [
          'pulls a value, but no list that holds it',
          { tags: [[1], 1] },
          { $pull: { tags: 1 } },
          { tags: [[1]] },
        ],
        ['pulls by operators', { tags: [1, 5, 9] }, { $pull: { tags: { $gt: 4 } } }, { tags: [1] }],
        [
          'pulls several values',
          { tags: ['a', 'b', 'c'] },
          { $pull: { tags: { $in: ['a', 'c'] } } },
          { tags: ['b'] },
        ],
        [
          'pulls entries that fit a filter',
          {
            parts: [
              { sku: 'p', count: 1 },
              { sku: 'q', count: 1 },
              { sku: 'p', count: 2 },
            ],
          },
          { $pull: { parts: { sku: 'p', count: { $gte: 2 } } } },
          {
            parts: [
              { sku: 'p', count: 1 },
              { sku: 'q', count: 1 },
            ],
          },
        ],
        ['pulls from no list', { n: 1 }, { $pull: { tags: 1, 'nested.list': 2 } }, { n: 1 }],
        [
          'pulls from one list and adds to another',
          { tags: [1], nested: { list: [2] } },
          { $pull: { tags: 1 }, $push: { 'nested.list': 1 } },
          { tags: [], nested: { list: [2, 1] } },
        ],
        [
          'empties an entry of a list',
          { tags: [1, 2] },
          { $unset: { 'tags.0': true } },
          { tags: [null, 2] },
        ],
        [
          'does not make a document twice',
          { n: 1 },
          { $setOnInsert: { name: 'x' }, $set: { n: 2 } },
          { n: 2 },
        ],
      ];
      it.each(cases)('%s', async (_what, before, change, after) => {
        await insert({ _id: 'a', ...before });
        expect(await update(change)).toEqual({ _id: 'a', ...after });
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', ...after });
      });

      it('gives null when none fits, and changes nothing', async () => {
        await insert({ _id: 'a', n: 1 });
        expect(await items.updateOne({ _id: 'a', n: 2 }, { $set: { n: 3 } })).toBeNull();
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
      });

      it('gives the fields of a projection back', async () => {
        await insert({ _id: 'a', n: 1, name: 'x', tags: [1] });
        const options = { projection: { n: 1 } } as const;
        expect(await items.updateOne({ _id: 'a' }, { $inc: { n: 1 } }, options)).toEqual({
          _id: 'a',
          n: 2,
        });
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 2, name: 'x', tags: [1] });
      });

      it('changes one document only', async () => {
        await insert({ _id: 'a', n: 1 }, { _id: 'b', n: 1 });
        await items.updateOne({ n: 1 }, { $set: { n: 2 } });
        expect(await items.count({ n: 2 })).toBe(1);
      });

      const refused: [unknown][] = [
        [{ $set: { 'a.__proto__.b': 1 } }],
        [{ $set: { __proto: 1, 'constructor.prototype.x': 1 } }],
        [{ $set: { nested: { 'a.b': 1 } } }],
        [{ $set: { nested: JSON.parse('{"__proto__":1}') } }],
        [{ $push: { tags: { $where: 1 } } }],
        [{ $set: { '': 1 } }],
        [{ $set: { 'a..b': 1 } }],
        [{ $set: { $n: 1 } }],
        [{ $set: { _id: 'b' } }],
        [{ $set: { n: 1 }, $inc: { n: 1 } }],
        [{ $set: { nested: {}, 'nested.a': 1 } }],
        [{ $set: { 'nested.a': 1 }, $unset: { nested: true } }],
        [{ $rename: { n: 'm' } }],
        [{ $inc: { n: '1' } }],
        [{ $push: { tags: { $each: 1 } } }],
        [{ $push: { tags: { $each: [], $sort: 1 } } }],
        [{ $pull: { tags: { $where: '1' } } }],
        [{ $pull: { tags: [1] } }],
        [{ $pull: { tags: { 'a.$gt': 1 } } }],
        [{ $set: {} }],
        [{}],
        [{ n: 1 }],
      ];
      it.each(refused)('%j is refused before anything changes', async (change) => {
        await insert({ _id: 'a', n: 1 });
        await expect(update(change as Update<Item>)).rejects.toBeInstanceOf(WeftError);
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
      });

      const unfit: [Update<Item>][] = [
        [{ $inc: { name: 1 } }],
        [{ $push: { name: 1 } }],
        [{ $pull: { name: 'x' } }],
        [{ $set: { n: 5, 'name.first': 1 } }],
        [{ $set: { n: 5, 'tags.x': 1 } }],
        [{ $set: { 'tags.0e0': 2 } }],
        [{ $set: { 'parts.0e0.sku': 'q' } }],
      ];
      it.each(unfit)('%j does not fit the document and leaves it as it was', async (change) => {
        const before: Item = {
          _id: 'a',
          n: 1,
          name: 'x',
          tags: [1],
          parts: [{ sku: 'p', count: 1 }],
        };
        await insert(before);
        await expect(update(change)).rejects.toBeInstanceOf(InvalidQueryError);
        expect(await items.findOne({ _id: 'a' })).toEqual(before);
      });

      it('refuses a unique value that is taken, and leaves the document as it was', async () => {
        await insert({ _id: 'a', code: 'x' }, { _id: 'b', code: 'y' });
        await expect(update({ $set: { code: 'y', n: 1 } })).rejects.toBeInstanceOf(
          DuplicateKeyError,
        );
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', code: 'x' });
      });

      it('loses no one of many parallel changes', async () => {
        await insert({ _id: 'a', n: 0, tags: [] });
        await Promise.all(
          Array.from({ length: 50 }, (_, i) => update({ $inc: { n: 1 }, $push: { tags: i } })),
        );
        const found = await items.findOne({ _id: 'a' });
        expect(found?.n).toBe(50);
        expect(new Set(found?.tags).size).toBe(50);
      });

      it('lets one of many parallel conditional changes win', async () => {
        await insert({ _id: 'a', name: 'open' });
        const attempts = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            items.updateOne({ _id: 'a', name: 'open' }, { $set: { name: 'taken', n } }),
          ),
        );
        const won = attempts.filter((document) => document !== null);
        expect(won).toHaveLength(1);
        expect(await items.findOne({ _id: 'a' })).toEqual(won[0]);
      });
    });

    describe('updating many', () => {
      it('changes each that fits and says how many', async () => {
        await insert({ _id: 'a', n: 1 }, { _id: 'b', n: 1, tags: [1] }, { _id: 'c', n: 2 });
        expect(await items.updateMany({ n: 1 }, { $inc: { n: 5 }, $push: { tags: 2 } })).toBe(2);
        expect(await items.find({}, { sort: { _id: 1 } })).toEqual([
          { _id: 'a', n: 6, tags: [2] },
          { _id: 'b', n: 6, tags: [1, 2] },
          { _id: 'c', n: 2 },
        ]);
      });

      it('changes nothing when none fits, and refuses what updateOne refuses', async () => {
        await insert({ _id: 'a', n: 1 });
        expect(await items.updateMany({ n: 2 }, { $set: { n: 3 } })).toBe(0);
        const refused = { $rename: { n: 'm' } } as unknown as Update<Item>;
        await expect(items.updateMany({}, refused)).rejects.toBeInstanceOf(InvalidQueryError);
      });
    });

    describe('updating each', () => {
      it('changes single documents by filters of their own, and says how many it found', async () => {
        await insert({ _id: 'a', n: 1 }, { _id: 'b', n: 2 }, { _id: 'c', n: 3 });
        const found = await items.updateEach([
          { filter: { _id: 'a' }, update: { $inc: { n: 10 } } },
          { filter: { _id: 'b', n: 9 }, update: { $set: { name: 'no' } } },
          { filter: { _id: 'c' }, update: { $push: { tags: 'x' } } },
        ]);
        expect(found).toBe(2);
        expect(await items.find({}, { sort: { _id: 1 } })).toEqual([
          { _id: 'a', n: 11 },
          { _id: 'b', n: 2 },
          { _id: 'c', n: 3, tags: ['x'] },
        ]);
        expect(await items.updateEach([])).toBe(0);
      });

      it('refuses all of them when one is refused', async () => {
        await insert({ _id: 'a', n: 1 });
        const refused = { $rename: { n: 'm' } } as unknown as Update<Item>;
        const updates = [
          { filter: { _id: 'a' }, update: { $set: { n: 2 } } },
          { filter: { _id: 'a' }, update: refused },
        ];
        await expect(items.updateEach(updates)).rejects.toBeInstanceOf(InvalidQueryError);
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
      });
    });

    describe('an upsert', () => {
      it('makes the document from its filter, $set and $setOnInsert', async () => {
        const made = await upsert(
          { _id: 'a', name: { $eq: 'x' }, n: { $gt: 3 }, 'nested.a': 1 },
          {
            $set: { 'nested.b': 2 },
            $setOnInsert: { code: 'c' },
            $inc: { n: 1 },
            $push: { tags: 1 },
          },
        );
        const expected = {
          _id: 'a',
          name: 'x',
          n: 1,
          code: 'c',
          nested: { a: 1, b: 2 },
          tags: [1],
        };
        expect(made).toEqual(expected);
        expect(await items.findOne({ _id: 'a' })).toEqual(expected);
      });

      it('changes the document that is there', async () => {
        await insert({ _id: 'a', n: 1 });
        const change: Update<Item> = { $inc: { n: 1 }, $setOnInsert: { code: 'c' } };
        expect(await upsert({ _id: 'a' }, change)).toEqual({ _id: 'a', n: 2 });
      });

      it('fails on a document that is there but does not fit', async () => {
        await insert({ _id: 'a', n: 1 });
        await expect(upsert({ _id: 'a', n: 2 }, { $set: { name: 'x' } })).rejects.toBeInstanceOf(
          DuplicateKeyError,
        );
      });

      it('counts every one of many in parallel', async () => {
        const change: Update<Item> = { $inc: { n: 1 }, $setOnInsert: { name: 'made' } };
        await Promise.all(Array.from({ length: 20 }, () => upsert({ _id: 'a' }, change)));
        expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 20, name: 'made' });
      });

      it.each<[Filter<Item>]>([
        [{ $and: [{ _id: 'a', n: 1 }, { n: 2 }] }],
        [{ _id: 'a', 'nested.a': 1, nested: null }],
      ])('refuses a filter that gives a field two values: %j', async (filter) => {
        await expect(upsert(filter, { $set: { name: 'x' } })).rejects.toBeInstanceOf(
          InvalidQueryError,
        );
        expect(await items.count({})).toBe(0);
      });

      it('needs an _id', async () => {
        await expect(upsert({ name: 'x' }, { $set: { n: 1 } })).rejects.toBeInstanceOf(
          InvalidQueryError,
        );
      });
    });

    it('deletes what fits and says how many', async () => {
      await insert({ _id: 'a', n: 1 }, { _id: 'b', n: 2 }, { _id: 'c', n: 2 });
      expect(await items.deleteMany({ n: 2 })).toBe(2);
      expect(await items.deleteMany({ n: 2 })).toBe(0);
      expect(await ids({})).toBe('a');
    });

    it('gives the same documents to everyone that asks for the collection by name', async () => {
      const definition = { name: `shared-${randomUUID()}` };
      await store.collection<Item>(definition).insert({ _id: 'a' });
      expect(await store.collection<Item>(definition).count({})).toBe(1);
      const other = { ...definition, indexes: [{ fields: { n: 1 as const } }] };
      expect(() => store.collection<Item>(other)).toThrow(InvalidQueryError);
    });

    it.each(['', '../x', 'a/b', 'A', 'system.users', 'x'.repeat(65)])(
      'has no collection called %j',
      (wrong) => {
        expect(() => store.collection({ name: wrong })).toThrow(InvalidQueryError);
      },
    );

    it('answers a ping while it is open, and says it is closed after', async () => {
      const other = open();
      const collection = other.collection<Item>({ name: `closed-${randomUUID()}` });
      await collection.count({});
      await other.ping();
      await other.close();
      await other.close();
      await expect(other.ping()).rejects.toMatchObject({ retryable: true });
      await expect(collection.count({})).rejects.toMatchObject({ retryable: true });
    });
  });
}

/** What stores over the same documents keep besides. */
export function sharedDocumentsContract(name: string, open: () => DocumentStore): void {
  describe(`document stores that share ${name}`, () => {
    it('make the indexes of their collections when they are opened, and refuse one that cannot be', async () => {
      const collection = `opened-${randomUUID()}`;
      const twice = [
        { _id: 'a', code: 'x' },
        { _id: 'b', code: 'x' },
      ];
      const first = open();
      await first.collection<Item>({ name: collection }).insertMany(twice);
      const second = open();
      const indexes = [{ fields: { code: 1 as const }, unique: true }];
      const found = second.collection<Item>({ name: collection, indexes });
      const opened = second.open();
      await expect(opened).rejects.toBeInstanceOf(IndexError);
      await expect(opened).rejects.toThrow(
        `The index on code of collection "${collection}" cannot be`,
      );
      await first.collection<Item>({ name: collection }).deleteMany({ _id: 'b' });
      await second.open();
      await expect(found.insert({ _id: 'c', code: 'x' })).rejects.toBeInstanceOf(DuplicateKeyError);
      await Promise.all([first.close(), second.close()]);
    });
  });
}

function nestedFilter(levels: number): Filter<Item> {
  let filter: Filter<Item> = { n: 1 };
  for (let level = 0; level < levels; level++) filter = { $and: [filter] };
  return filter;
}
