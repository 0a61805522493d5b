import { afterAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { ask, TestDuckDb } from './duckdb.fixture.js';

/** The lines of the table in docs/query.md: SQL, JSON, and Athena's type and text. */
const documented = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8')
  .split('## Values in JSON')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, ''))) as string[][];

const database = new TestDuckDb();
const engine = database.engine();
afterAll(() => database.close());

describe('A value of DuckDB', () => {
  it('has a documented form in JSON', () => {
    expect(documented.length).toBeGreaterThan(20);
  });

  it.each(documented.map(([, sql = '', json = '']) => [sql, json]))(
    '%s is %s in JSON',
    async (sql, json) => {
      const { rows } = await ask(engine, `SELECT ${sql} AS value`);
      expect(JSON.stringify(rows[0]?.[0])).toBe(JSON.stringify(JSON.parse(json)));
    },
  );

  it('is JSON whatever its type, as the engine’s own list of all types shows', async () => {
    const { rows, columns } = await ask(engine, 'SELECT * FROM test_all_types()');
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(rows.map((row) => row.length)).toEqual([columns.length, columns.length, columns.length]);
    // The last line is nothing but nulls.
    expect(new Set(rows[2])).toEqual(new Set([null]));
  });

  it('comes back as the parameter it was, by place and by name', async () => {
    const scalar = fc.oneof(
      fc
        .string({ unit: 'binary', maxLength: 50 })
        .filter((text) => !text.includes('\0') && text.isWellFormed()),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      fc.constant(null),
    );
    await fc.assert(
      fc.asyncProperty(scalar, scalar, async (a, b) => {
        const [byPlace, byNumber, byName] = await Promise.all([
          ask(engine, 'SELECT ?, ?', { parameters: [a, b] }),
          ask(engine, 'SELECT $2, $1', { parameters: [b, a] }),
          ask(engine, 'SELECT $first, $second', { parameters: { second: b, first: a } }),
        ]);
        expect(byPlace.rows).toEqual([[a, b]]);
        expect(byNumber.rows).toEqual([[a, b]]);
        expect(byName.rows).toEqual([[a, b]]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('Parameters', () => {
  it('that are whole numbers are integers', async () => {
    expect(
      await ask(engine, 'SELECT typeof(?), typeof(?)', { parameters: [5, 5.5] }),
    ).toMatchObject({
      rows: [['BIGINT', 'DOUBLE']],
    });
    expect((await ask(engine, 'FROM range(9) LIMIT ?', { parameters: [2] })).rows).toHaveLength(2);
  });

  it.each([
    ['SELECT ?, ?', [1], 'parameters has no value for $2'],
    ['SELECT ?', [1, 2], 'parameters has values that the statement does not ask for: $2'],
    ['SELECT $a', { b: 1 }, 'parameters has no value for $a'],
    ['SELECT 1', { a: 1 }, 'parameters has values that the statement does not ask for: $a'],
    ['SELECT $a', [1], 'parameters has no value for $a'],
    ['SELECT 1', [1], 'parameters has values that the statement does not ask for: $1'],
  ])('%s with %j are named before anything runs', async (sql, parameters, message) => {
    await expect(ask(engine, sql, { parameters })).rejects.toThrow(message);
  });
});

describe('An answer', () => {
  it('has as many rows as it may have, and says that there are more', async () => {
    expect(await ask(engine, 'FROM range(10)', { maxRows: 10 })).toMatchObject({
      rowCount: 10,
      truncated: false,
    });
    expect(await ask(engine, 'FROM range(11)', { maxRows: 10 })).toMatchObject({
      rowCount: 10,
      truncated: true,
    });
  });

  it('has at most 4 MiB of JSON, and says that there is more', async () => {
    const { rows, truncated } = await ask(engine, "SELECT repeat('x', 100000) FROM range(100)");
    expect({ truncated }).toEqual({ truncated: true });
    expect(rows.length).toBe(41);
    expect(JSON.stringify(rows).length).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('is ready though there is no end of rows', async () => {
    const { rows } = await ask(engine, 'SELECT range FROM range(100000000000)', { maxRows: 2 });
    expect(rows).toEqual([[0], [1]]);
  });
});
