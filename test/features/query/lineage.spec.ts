import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableLocation } from '../../../src/protocol/index.js';
import { splitStatements } from '../../../src/features/query/split-statements.js';
import type { TableReference } from '../../../src/features/query/query.engine.js';
import { ask, script, TestDuckDb } from './duckdb.fixture.js';

const database = new TestDuckDb();
const engine = database.engine();
beforeAll(async () => {
  await script(
    engine,
    'CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER); CREATE SCHEMA s; CREATE TABLE s.v (a INTEGER); CREATE TABLE "W x" (a INTEGER)',
  );
});
afterAll(() => database.close());

const names = (references: readonly TableReference[]): string[] =>
  references.map((reference) =>
    reference.kind === 'table' ? tableLocation(reference, engine.defaults) : reference.path,
  );

describe('The inputs of a query', () => {
  it.each([
    ['a join with USING', 'SELECT * FROM t JOIN u USING (a)', ['main.t', 'main.u']],
    ['a schema', 'SELECT * FROM s.v', ['s.v']],
    [
      'the default database',
      'SELECT * FROM test.s.v, test.main.t, test.t AS x',
      ['s.v', 'main.t', 'main.t'],
    ],
    [
      'subqueries',
      'SELECT (SELECT max(a) FROM u) FROM t WHERE a IN (SELECT a FROM "W x")',
      ['main.u', 'main.t', 'main.w x'],
    ],
    ['a union', 'SELECT a FROM t UNION ALL TABLE u', ['main.t', 'main.u']],
    [
      'a CTE, which is none itself',
      'WITH c AS (SELECT * FROM t) SELECT * FROM c, u',
      ['main.t', 'main.u'],
    ],
    [
      'a table that a CTE is named after',
      'WITH t AS (SELECT * FROM t) SELECT * FROM t',
      ['main.t'],
    ],
    [
      'a CTE in sight of the next',
      'WITH c AS (SELECT 1 AS a), d AS (SELECT * FROM c JOIN t USING (a)) SELECT * FROM d',
      ['main.t'],
    ],
    [
      'a recursive CTE',
      'WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT r.a + 1 FROM r JOIN t ON r.a = t.a) SELECT * FROM r',
      ['main.t'],
    ],
    [
      'a table of the name of a CTE of another subquery',
      'SELECT * FROM (WITH u AS (SELECT 1 AS a) SELECT * FROM u) x, u',
      ['main.u'],
    ],
    ['no table', 'SELECT 1 FROM range(3)', []],
    ['a description', 'DESCRIBE t', ['main.t']],
    ['a case of its own', 'SELECT * FROM MAIN.T', ['main.t']],
  ])('are those of %s', async (_what, sql, expected) => {
    const { lineage } = await ask(engine, sql);
    expect(names(lineage.inputs)).toEqual(expected);
    expect(lineage.outputs).toEqual([]);
  });
});

describe('The outputs of a statement', () => {
  it.each([
    ['CREATE TABLE x1 AS SELECT * FROM t', ['main.t'], ['main.x1']],
    [
      'CREATE OR REPLACE VIEW s.x2 AS WITH c AS (SELECT * FROM t) SELECT * FROM c',
      ['main.t'],
      ['s.x2'],
    ],
    ['INSERT INTO t SELECT a FROM u', ['main.u'], ['main.t']],
    ["INSERT INTO t VALUES (length('select 1 from u'))", [], ['main.t']],
    ['UPDATE t SET a = 1', [], ['main.t']],
    ['DELETE FROM "W x"', [], ['main.w x']],
    ['CREATE TABLE IF NOT EXISTS x3 (a INTEGER)', [], ['main.x3']],
  ])('%s', async (sql, inputs, outputs) => {
    const { lineage } = await ask(engine, sql);
    expect([names(lineage.inputs), names(lineage.outputs)]).toEqual([inputs, outputs]);
  });

  it('are those of all statements of a script, whose own tables are no inputs', async () => {
    const sql =
      "CREATE TABLE y1 AS SELECT * FROM t; /* ; */ CREATE TABLE y2 AS SELECT a, ';' AS b FROM y1 JOIN u USING (a);";
    const { inputs, outputs } = await script(engine, sql);
    expect([names(inputs), names(outputs)]).toEqual([
      ['main.t', 'main.u'],
      ['main.y1', 'main.y2'],
    ]);
  });
});

describe('A script', () => {
  it.each([
    ["SELECT ';'; SELECT 2", ["SELECT ';'", ' SELECT 2']],
    ['SELECT ";" -- ;\n; ', ['SELECT ";" -- ;\n']],
    ['SELECT $$;$$; SELECT $a$ $$;$a$', ['SELECT $$;$$', ' SELECT $a$ $$;$a$']],
    [';;', []],
  ])('%j is split into its statements', (sql, expected) => {
    expect(splitStatements(sql)).toEqual(expected);
  });
});

describe('The location of a table', () => {
  it.each([
    [{ name: 'Orders' }, 'main.orders'],
    [{ schema: 'staging', name: 'orders' }, 'staging.orders'],
    [{ database: 'weft', schema: 'main', name: 'orders' }, 'main.orders'],
    [{ database: 'other', schema: 'main', name: 'orders' }, 'other.main.orders'],
    [{ database: 'other', name: 'orders' }, 'other.main.orders'],
    [{ schema: 'weft', name: 'orders' }, 'main.orders'],
  ])('%j is %s', (table, location) => {
    expect(tableLocation(table, { database: 'weft', schema: 'main' })).toBe(location);
  });
});
