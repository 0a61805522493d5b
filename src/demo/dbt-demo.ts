import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../platform/config/index.js';

/** A project of two models, for a dbt installed on this machine. */
export interface DbtDemo {
  readonly projectDir: string;
}

const VERSION_TIMEOUT_MS = 20_000;
/** A newer DuckDB writes files that the service's version cannot read. */
const FITTING = /^1\.[0-5]\./;
const ASK_VERSION = 'import duckdb, dbt.adapters.duckdb; print(duckdb.__version__)';

const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': `name: weft_demo
version: '1.0'
config-version: 2
profile: weft_demo
flags: { send_anonymous_usage_stats: false }
models: { weft_demo: { +materialized: table } }
`,
  'models/sources.yml': `version: 2
sources: [{ name: raw, schema: main, tables: [{ name: demo_raw }] }]
`,
  'models/demo_files.sql': `select path, lower(type) as type, bytes from {{ source('raw', 'demo_raw') }}
`,
  'models/demo_by_type.sql': `select type, count(*) as files, sum(bytes)::bigint as bytes from {{ ref('demo_files') }} group by type
`,
};

/** Writes the project if dbt with DuckDB is installed; otherwise undefined. */
export async function findDbt(dataDir: string): Promise<DbtDemo | undefined> {
  if (dataDir === ':memory:') return undefined;
  if (!FITTING.test(await versionOfDuckDb())) return undefined;
  const projectDir = resolve(dataDir, 'demo-dbt');
  const profiles = `weft_demo: { target: dev, outputs: { dev: { type: duckdb, path: ${JSON.stringify(resolve(dataDir, 'query/weft.duckdb'))} } } }\n`;
  for (const [name, text] of Object.entries({ ...FILES, 'profiles.yml': profiles })) {
    const file = join(projectDir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return { projectDir };
}

/** The version in the Python that runs dbt, named in the first line of the program; empty if there is none. */
async function versionOfDuckDb(): Promise<string> {
  const env = childEnvironment((name) => name === 'PATH' || name === 'HOME');
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const head = await readFile(join(folder, 'dbt'), 'utf8').catch(() => undefined);
    if (head === undefined) continue;
    const [, python] = /^#!(\S*python\S*)\n/.exec(head) ?? [];
    if (python === undefined) return '';
    const options = { timeout: VERSION_TIMEOUT_MS, env };
    return promisify(execFile)(python, ['-c', ASK_VERSION], options).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
  }
  return '';
}
