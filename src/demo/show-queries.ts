import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, type Result } from '../protocol/index.js';
import { dataOf, type DemoApi } from './demo.api.js';
import type { DbtDemo } from './dbt-demo.js';
import type { InputFile } from './input-files.js';
import { CONTAINER } from './store-files.js';

const STEP_POLL_MS = 50;
const STEP_WAIT_MS = 30_000;
const MAX_LINEAGE_STEPS = 10;

const MODELS = `CREATE OR REPLACE TABLE demo_files AS
  SELECT path, lower(type) AS type, bytes FROM demo_raw;
CREATE OR REPLACE TABLE demo_by_type AS
  SELECT type, count(*) AS files, sum(bytes)::BIGINT AS bytes FROM demo_files GROUP BY type;`;

const QUESTION =
  'SELECT type, files, bytes FROM demo_by_type WHERE bytes > ? ORDER BY bytes DESC, type LIMIT 1';

interface ShownStep {
  readonly step_id: string;
  readonly action: string;
  readonly handler_type: string;
  readonly status: string;
  readonly inputs: readonly { location: string }[];
}

/** Stores a CSV, loads it, builds two models and queries a row, as steps of one job. */
export class ShowQueries {
  readonly #jobId = `job-demo-${randomUUID().slice(0, 8)}`;
  readonly #path = `lists/${randomUUID()}.csv`;
  readonly #csv: string;
  readonly #expected: readonly [string, number, number];

  /** @param dbt builds the models if there is one; otherwise an SQL script does. */
  constructor(
    private readonly api: DemoApi,
    files: readonly InputFile[],
    private readonly dbt: DbtDemo | undefined,
  ) {
    const rows = files.map(({ path, bytes }) => ({ path, type: typeOf(path), bytes }));
    this.#csv = ['path,type,bytes', ...rows.map(csvLine)].join('\n');
    this.#expected = largest(rows);
  }

  /** @returns a text that names the builder of the models. */
  async build(): Promise<string> {
    dataOf(await this.api.registry('create_job', { job_id: this.#jobId, pipeline: 'weft-demo' }));
    await this.#step('storage', 'put_object', {
      container: CONTAINER,
      path: this.#path,
      body: this.#csv,
      content_type: 'text/csv',
    });
    await this.#step('query', 'execute', {
      sql: 'CREATE OR REPLACE TABLE demo_raw AS SELECT * FROM list',
      sources: { list: { container: CONTAINER, path: this.#path } },
    });
    if (this.dbt) {
      await this.#step('transform', 'build', { select: 'demo_files+' });
      return 'by dbt';
    }
    await this.#step('query', 'execute_script', { sql: MODELS });
    return 'by a script, as there is no dbt';
  }

  /** Queries the type of file with the most bytes. @throws {Error} if the answer does not match the files. */
  async ask(): Promise<string> {
    const { data } = await this.#step('query', 'execute', { sql: QUESTION, parameters: [-1] });
    const answer = JSON.stringify(data?.['rows']);
    const expected = JSON.stringify([this.#expected]);
    if (answer !== expected) throw new Error(`The query answered ${answer}, not ${expected}`);
    const [type, files, bytes] = this.#expected;
    return `${files} files of type ${type} have ${bytes} bytes`;
  }

  /**
   * The lineage from the answer back to the file, one line for each step.
   *
   * @throws {Error} if it does not lead there.
   */
  async lineage(): Promise<string[]> {
    const lines: string[] = [];
    let location = 'main.demo_by_type';
    const file = `${CONTAINER}/${this.#path}`;
    for (let hop = 0; hop < MAX_LINEAGE_STEPS; hop++) {
      const { producers } = dataOf<{ producers: { step_id: string }[] }>(
        await this.api.registry('get_lineage', { location, direction: 'producers' }),
      );
      const [producer] = producers;
      if (producer === undefined) break;
      const step = await this.#find(producer.step_id);
      lines.push(`${location} from ${step.handler_type}.${step.action}`);
      if (location === file) return lines;
      const inputs = step.inputs.map((input) => input.location);
      // What the same step has made of it does not lead further back.
      const next =
        inputs.find((one) => one === file) ?? inputs.find((one) => one === 'main.demo_raw');
      if (next === undefined) break;
      location = next;
    }
    throw new Error(`The lineage of the answer ends at ${location}, not at ${file}`);
  }

  /** Sends a Command as a step of the job, and waits until the registry has its Result. */
  async #step(type: string, action: string, payload: Record<string, unknown>): Promise<Result> {
    const job_id = this.#jobId;
    const { step_id } = dataOf<{ step_id: string }>(
      await this.api.registry('add_step', {
        job_id,
        step_name: `${type}.${action}`,
        handler_type: type,
        action,
      }),
    );
    const command = new Command({ type, action, payload, job_id, step_id });
    const result = await this.api.request(command);
    dataOf(result);
    const deadline = performance.now() + STEP_WAIT_MS;
    while ((await this.#find(step_id)).status !== 'success') {
      if (performance.now() > deadline)
        throw new Error(`The step of ${type}.${action} has not ended`);
      await sleep(STEP_POLL_MS);
    }
    return result;
  }

  async #find(stepId: string): Promise<ShownStep> {
    return dataOf<ShownStep & Record<string, unknown>>(
      await this.api.registry('get_step', { step_id: stepId }),
    );
  }
}

const typeOf = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1) : 'none';
};

interface Row {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
}

const csvLine = ({ path, type, bytes }: Row): string =>
  `${csvText(path)},${csvText(type)},${bytes}`;

const csvText = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Computed here, to compare with the query's answer. */
function largest(rows: readonly Row[]): readonly [string, number, number] {
  const byType = new Map<string, [string, number, number]>();
  for (const { type, bytes } of rows) {
    const lower = type.toLowerCase();
    const [, files, sum] = byType.get(lower) ?? [lower, 0, 0];
    byType.set(lower, [lower, files + 1, sum + bytes]);
  }
  const sorted = [...byType.values()].toSorted(
    ([a, , aBytes], [b, , bBytes]) => bBytes - aBytes || (a < b ? -1 : 1),
  );
  return sorted[0] ?? ['none', 0, 0];
}
