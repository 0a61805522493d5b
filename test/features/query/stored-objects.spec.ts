import { readdirSync } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { querySettings } from '../../../src/features/query/index.js';
import { makeContainer, startWholeService } from '../../support/service.js';
import { Sender } from './query.fixture.js';

let service: RunningService;
let query: Sender;
let container: string;

const put = (Key: string, Body: string) =>
  service.aws.s3.send(new PutObjectCommand({ Bucket: container, Key, Body }));

beforeAll(async () => {
  service = await startWholeService();
  query = new Sender(service, 'query');
  container = await makeContainer(service);
  await put('in/people.csv', 'id,name\n1,Ada\n2,Grace\n');
  await put('in/visits.json', '[{"id": 1, "at": "2026-01-26", "tags": ["a"]}, {"id": 1}]');
  await put('in/odd', 'id,name\n7,Odd\n');
});
afterAll(() => service.close());

const people = () => ({ container, path: 'in/people.csv' });

describe('Stored objects', () => {
  it('are tables of one query, and its inputs', async () => {
    const sources = { people: people(), Visits: { container, path: 'in/visits.json' } };
    const sql = 'SELECT name, count(*) AS visits FROM People JOIN visits USING (id) GROUP BY name';
    const result = await query.send('execute', { sql, sources });
    expect(result).toMatchObject({
      status: 'success',
      data: { columns: ['name', 'visits'], rows: [['Ada', 2]] },
      inputs: [
        { ref_type: 'file', location: `${container}/in/people.csv`, format: 'csv' },
        { ref_type: 'file', location: `${container}/in/visits.json`, format: 'json' },
      ],
    });
    expect(await query.error('SELECT * FROM people')).toContain('people does not exist');
  });

  it('are read in the format that is said', async () => {
    const sources = { odd: { container, path: 'in/odd', format: 'csv' } };
    expect(await query.rows('SELECT * FROM odd', { sources })).toEqual([[7, 'Odd']]);
    expect(
      await query.error('SELECT 1', { sources: { odd: { container, path: 'in/odd' } } }),
    ).toContain('sources must map');
  });

  it('become tables to keep, with the file as their input', async () => {
    const sql = 'CREATE TABLE kept_people AS SELECT * FROM people';
    const result = await query.send('execute', { sql, sources: { people: people() } });
    expect(result).toMatchObject({
      inputs: [{ location: `${container}/in/people.csv` }],
      outputs: [{ ref_type: 'table', location: 'main.kept_people' }],
    });
    expect(await query.rows('SELECT count(*) FROM kept_people')).toEqual([[2]]);
  });

  it('are written as Parquet, and read again', async () => {
    const target = { container, path: 'out/numbers.parquet' };
    const sql =
      "SELECT range AS n, 'row ' || range AS label, [range] AS list, 1.5::DECIMAL(4, 1) AS d, NULL::DATE AS day FROM range(5000)";
    const result = await query.send('execute', { sql, target });
    expect(result).toMatchObject({
      status: 'success',
      data: {
        columns: ['n', 'label', 'list', 'd', 'day'],
        rows: [],
        row_count: 5000,
        truncated: false,
      },
      outputs: [
        {
          ref_type: 'file',
          location: `${container}/out/numbers.parquet`,
          format: 'parquet',
          metadata: { row_count: 5000, bytes: expect.any(Number) },
        },
      ],
    });
    const rows = await query.rows(
      'SELECT sum(n), max(label), max(list), max(d), count(day) FROM back',
      {
        sources: { back: target },
      },
    );
    expect(rows).toEqual([[12497500, 'row 999', [4999], '1.5', 0]]);
  });

  it.each([
    [
      'that is not there',
      () => ({ container, path: 'in/nothing.csv' }),
      /^Object not found: .*\/in\/nothing\.csv$/,
    ],
    [
      'of a container that is not there',
      () => ({ container: 'no-such-container', path: 'a.csv' }),
      /^Container not found: no-such-container$/,
    ],
    [
      'of the transport',
      () => ({ container: 'weft-payloads', path: 'a.csv' }),
      /^Container not allowed: weft-payloads\. It is the payload bucket$/,
    ],
    ['by a path that climbs', () => ({ container, path: '../a.csv' }), /^sources must map/],
    ['that is no object', () => 'people.csv', /^sources must map/],
  ])('are refused in words: one %s', async (_what, source, message) => {
    expect(await query.error('SELECT * FROM s', { sources: { s: source() } })).toMatch(message);
  });

  it('are refused under a name that is none', async () => {
    expect(
      await query.error('SELECT 1', { sources: { 'a"; DROP TABLE t; --': people() } }),
    ).toMatch(/^sources must map/);
  });

  it('that cannot be read are an error of the query', async () => {
    const sources = { s: { container, path: 'in/people.csv', format: 'parquet' } };
    expect(await query.error('SELECT * FROM s', { sources })).toMatch(/^Query execution failed: /);
  });

  it('are written to a container of the transport by nobody', async () => {
    const target = { container: 'weft-payloads', path: 'a.parquet' };
    expect(await query.error('SELECT 1', { target })).toBe(
      'Container not allowed: weft-payloads. It is the payload bucket',
    );
  });

  it('are not written by a change', async () => {
    const target = { container, path: 'out/no.parquet' };
    expect(await query.error('CREATE TABLE no_target (a INTEGER)', { target })).toBe(
      'Query execution failed: target takes the rows of a SELECT alone',
    );
    expect(await query.error('SELECT * FROM no_target')).toContain('does not exist');
  });

  it('leave no file behind', () => {
    expect(readdirSync(querySettings.of(service.settings).spoolDir)).toEqual([]);
  });
});
