import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { athenaLineage } from '../../../src/features/query/athena/athena-lineage.js';
import { athenaValue } from '../../../src/features/query/athena/athena-values.js';
import { executionParameters } from '../../../src/features/query/athena/execution-parameters.js';
import { querySettings } from '../../../src/features/query/index.js';
import { queryFeature } from '../../../src/features/query/query.feature.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { tableLocation } from '../../../src/protocol/index.js';

const documented = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8')
  .split('## Values in JSON')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')))
  .filter(([, , , type]) => type !== '') as string[][];

describe('A value of Athena', () => {
  it.each(documented.map(([, , json = '', type = '', text = '']) => [type, text, json]))(
    'of the type %s and the text "%s" is %s in JSON',
    (type, text, json) => {
      const given = json === 'null' ? undefined : text;
      expect(JSON.stringify(athenaValue(type, given))).toBe(JSON.stringify(JSON.parse(json)));
    },
  );

  it.each([
    ['varchar', '', ''],
    ['timestamp with time zone', '2026-01-26 00:30:45.500 +02:00', '2026-01-25T22:30:45.5+00:00'],
    ['timestamp with time zone', '2026-01-26 10:30:45.000 UTC', '2026-01-26T10:30:45+00:00'],
    ['timestamp', '2026-01-26 10:30:45.000', '2026-01-26T10:30:45'],
    ['time', '10:30:00.120', '10:30:00.12'],
    ['time', '10:30:40', '10:30:40'],
    [
      'timestamp with time zone',
      '2026-01-26 10:30:45 Europe/Vienna',
      '2026-01-26 10:30:45 Europe/Vienna',
    ],
    ['array', '[1, 2]', '[1, 2]'],
    ['double', '1.0E10', 1e10],
    ['boolean', 'false', false],
  ])('of the type %s and the text "%s" is %j', (type, text, value) => {
    expect(athenaValue(type, text)).toEqual(value);
  });
});

describe('Parameters of Athena', () => {
  it('are literals that no text can leave', () => {
    const sql = "SELECT ?, ?, ?, ?, ?, '?' -- ?";
    expect(executionParameters(sql, ["a' OR '1'='1", 5, 1.5, true, null])).toEqual([
      "'a'' OR ''1''=''1'",
      '5',
      '1.5',
      'true',
      'NULL',
    ]);
  });

  it.each([
    ['SELECT ?', { a: 1 }, /as a list/],
    ['SELECT ?', [], /has 0 values, and the statement asks for 1/],
    ['SELECT ?', [1, 2], /too many: the statement asks for 1/],
  ])('%s with %j are refused before anything runs', (sql, parameters, message) => {
    expect(() => executionParameters(sql, parameters)).toThrow(message);
  });

  it('may be absent by an empty object', () => {
    expect(executionParameters('SELECT 1', {})).toEqual([]);
  });
});

describe('The lineage of SQL for Athena', () => {
  const defaults = { database: 'AwsDataCatalog', schema: 'default' };
  const names = (sql: string) => {
    const { inputs, outputs } = athenaLineage(sql);
    return [inputs, outputs].map((references) =>
      references.map((one) => (one.kind === 'table' ? tableLocation(one, defaults) : one.path)),
    );
  };

  it.each([
    ['SELECT * FROM a JOIN s.b USING (x), c', ['default.a', 's.b'], []],
    ['SELECT * FROM a, s.b WHERE x = 1', ['default.a', 's.b'], []],
    ['WITH c AS (SELECT * FROM a) SELECT * FROM c JOIN "B"', ['default.a', 'default.b'], []],
    ["SELECT 'from x' FROM y -- from z", ['default.y'], []],
    ['SELECT * FROM unnest(ARRAY[1])', [], []],
    ['CREATE TABLE t AS SELECT * FROM other.s.a', ['other.s.a'], ['default.t']],
    ['INSERT INTO awsdatacatalog.default.t SELECT 1', [], ['default.t']],
  ])('%s', (sql, inputs, outputs) => {
    expect(names(sql)).toEqual([inputs, outputs]);
  });
});

const AWS = { WEFT_STACK: 'aws', AWS_REGION: 'eu-central-1', MONGODB_URI: 'mongodb://db/weft' };
const settingsOf = (env: NodeJS.ProcessEnv) => loadSettings(env, { sections: [querySettings] });

describe('Athena', () => {
  it.each([
    [AWS, 'none'],
    [{ ...AWS, ATHENA_WORKGROUP: 'weft' }, 'athena'],
    [{ ...AWS, ATHENA_OUTPUT_LOCATION: 's3://results/a/' }, 'athena'],
    [{ ...AWS, ATHENA_WORKGROUP: 'weft', QUERY_ENGINE: 'none' }, 'none'],
    [{}, 'duckdb'],
  ])('is the engine where it is set up: %j gives %s', (env, engine) => {
    expect(querySettings.of(settingsOf(env)).engine).toBe(engine);
  });

  it('is asked for with rights on its work group and the bucket of its results', () => {
    const env = { ...AWS, ATHENA_WORKGROUP: 'weft', ATHENA_OUTPUT_LOCATION: 's3://results/a/' };
    const statements = queryFeature.permissions?.(settingsOf(env)) ?? [];
    expect(statements.map(({ Resource }) => Resource)).toEqual([
      ['arn:aws:athena:*:*:workgroup/weft'],
      ['*'],
      ['arn:aws:s3:::results', 'arn:aws:s3:::results/*'],
    ]);
    expect(queryFeature.permissions?.(settingsOf(AWS))).toEqual([]);
  });
});
