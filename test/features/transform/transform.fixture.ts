import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FAKE_DBT = fileURLToPath(new URL('fake-dbt.js', import.meta.url));

/** How the program in place of dbt was called. */
export interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** A folder in place of a dbt project. */
export class FakeProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'weft-project-'));

  constructor() {
    this.says({});
  }

  /** What the program does from now on; see fake-dbt.js. */
  says(scenario: Record<string, unknown>): void {
    writeFileSync(join(this.folder, 'scenario.json'), JSON.stringify(scenario));
    writeFileSync(join(this.folder, 'calls.jsonl'), '');
  }

  /** Those that are written to their end. */
  get calls(): Call[] {
    return readFileSync(join(this.folder, 'calls.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Call);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const model = (name: string, parents: string[], more: object = {}) => ({
  resource_type: 'model',
  name,
  alias: name,
  database: 'weft',
  schema: 'main',
  original_file_path: `models/${name}.sql`,
  config: { materialized: 'table' },
  depends_on: { nodes: parents },
  ...more,
});

/** A seed, a source, three models of which one has no table, and a test. */
export const MANIFEST = {
  metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' },
  nodes: {
    'seed.shop.departments': {
      ...model('departments', []),
      resource_type: 'seed',
      original_file_path: 'seeds/departments.csv',
      config: { materialized: 'seed' },
    },
    'model.shop.stg_departments': model('stg_departments', ['seed.shop.departments']),
    'model.shop.cleaned': model('cleaned', ['source.shop.raw.sales'], {
      config: { materialized: 'ephemeral' },
    }),
    'model.shop.totals': model('totals', ['model.shop.cleaned', 'model.shop.stg_departments'], {
      schema: 'marts',
      alias: 'Department_Totals',
    }),
    'test.shop.not_null': {
      resource_type: 'test',
      name: 'not_null',
      database: 'weft',
      schema: 'main',
      config: { materialized: 'test' },
      depends_on: { nodes: ['model.shop.totals'] },
    },
  },
  sources: {
    'source.shop.raw.sales': {
      resource_type: 'source',
      name: 'sales',
      identifier: 'raw_sales',
      database: 'other',
      schema: 'raw',
    },
  },
};

export const result = (unique_id: string, status: string, more: object = {}) => ({
  unique_id,
  status,
  execution_time: 0.5,
  adapter_response: { rows_affected: 3 },
  message: null,
  compiled_code: `select '${unique_id}'`,
  ...more,
});

export const runResults = (...results: object[]) => ({
  metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json' },
  results,
});

/** What dbt logs of a node that is done. */
export const logged = (unique_id: string, node_status = 'success') => ({
  info: { name: 'LogModelResult', level: 'info', msg: `OK ${unique_id}` },
  data: { node_info: { unique_id, node_status } },
});
