import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Sender } from '../../features/query/query.fixture.js';
import { OutsideWorld, request, startWholeService, type Listener } from '../../support/service.js';
import { waitFor } from '../../support/wait.js';
import { PythonProgram } from '../python-program.js';

const KEY = 'a-key-of-the-openlineage-suite';
const PIPELINE = { job_id: 'job-1', pipeline: 'sales', environment: 'prod', namespace: 'team' };

let service: RunningService;
let registry: Sender;
let events: Listener;
let python: PythonProgram;

beforeAll(async () => {
  service = await startWholeService({ WEFT_API_KEYS: KEY });
  registry = new Sender(service, 'registry');
  events = await new OutsideWorld(service).listenTo('pudato-openlineage');
  python = new PythonProgram('openlineage/peer.py', {}, 'openlineage');
  await registry.send('create_job', { ...PIPELINE, logic_version: 'a6a87b5' });
});
afterAll(async () => {
  await python.stop();
  await service.close();
});

/** The event of a step that ends so. */
async function eventOf(step_id: string, end: Record<string, unknown>) {
  const step_name = `name of ${step_id}`;
  const step = { job_id: 'job-1', step_id, step_name, handler_type: 'query', action: 'execute' };
  await registry.send('add_step', step);
  await registry.send('update_step', { step_id, ...end });
  const { body } = await events.next(({ text }) => text.includes(step_name));
  return body;
}

/** Which schema a facet has is its reader's to say: the version may be another's. */
const withoutSchemas = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, one: unknown) =>
    key === '_schemaURL' || key === 'schemaURL' ? undefined : one,
  );

/** Lists and facets that are empty say the same as none. */
const withoutEmpty = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, one: unknown) =>
    typeof one === 'object' && one !== null && Object.keys(one).length === 0 ? undefined : one,
  );

describe('OpenLineage’s client for Python', () => {
  it.each([
    [
      'has succeeded, with every facet Weft fills',
      {
        status: 'success',
        inputs: [{ ref_type: 'file', location: 's3://bucket/raw/ü a.csv' }],
        outputs: [
          {
            ref_type: 'table',
            location: 'main.orders',
            metadata: { row_count: 3, bytes: 90, schema: [{ name: 'id', type: 'INTEGER' }] },
          },
        ],
        executions: [
          { execution_type: 'sql', details: { dialect: 'duckdb', statements: ['SELECT 1'] } },
        ],
      },
    ],
    ['has failed', { status: 'failed', error: 'Query execution failed: no such table' }],
    ['was skipped', { status: 'skipped' }],
  ])('reads the event of a step that %s, and nothing of it is lost', async (what, end) => {
    const event = await eventOf(`step that ${what}`, end);
    const read = await python.ask({ do: 'read', event });
    expect(withoutEmpty(withoutSchemas(read))).toEqual(withoutEmpty(withoutSchemas(event)));
  });

  it('refuses an event with a facet that its schema does not know, so that reading shows something', async () => {
    const event = await eventOf('step-odd', { status: 'success' });
    const { job } = event as { job: { facets: { jobType: object } } };
    Object.assign(job.facets.jobType, { flavour: 'sour' });
    await expect(python.ask({ do: 'read', event })).rejects.toThrow("KeyError: 'flavour'");
  });

  it('emits runs to Weft, which knows what they read and wrote, column by column', async () => {
    const run_id = randomUUID();
    const at = ['2026-01-26T10:30:00+00:00', '2026-01-26T10:31:00+00:00'];
    await python.ask({ do: 'emit', url: service.url, key: KEY, run_id, at });
    const body = await waitFor('the producer of the totals', async () => {
      const { body: found } = await request<{ producers: unknown[] }>(
        service,
        '/api/lineage?location=main.totals&direction=producers&column=total',
        { headers: { Authorization: `Bearer ${KEY}` } },
      );
      return found.producers.length > 0 && found;
    });
    expect(body).toMatchObject({
      producers: [
        { step_name: 'nightly.totals', completed_at: '2026-01-26T10:31:00.000000+00:00' },
      ],
      columns: { upstream: [{ from: { location: 'main.raw_orders', column: 'amount' } }] },
    });
  });
});
