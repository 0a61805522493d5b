import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from './registry.fixture.js';

interface Graph {
  nodes: { id: string; type: string; location?: string; step_id?: string }[];
  edges: { from: string; to: string; type: string }[];
  truncated: boolean;
  frontier: string[];
}

const table = (location: string, metadata: JsonObject = {}) => ({
  ref_type: 'table',
  location,
  metadata,
});
const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;

const locationsOf = ({ nodes }: Graph) =>
  nodes.flatMap(({ location }) => location ?? []).toSorted();

const columns = (name: string, location: string, column: string) => ({
  column_lineage: [{ name, transformation: 'sum', inputs: [{ location, column }] }],
});

describe('the lineage graph', () => {
  let registry: RegistryFixture;
  let minute: number;

  beforeEach(async () => {
    registry = new RegistryFixture();
    minute = 0;
    await registry.run('create_job', { pipeline: 'p', job_id: 'j' });
  });

  /** A step that reads and writes, one minute after the one before. */
  const step = async (
    step_id: string,
    inputs: string[],
    outputs: string[],
    { job_id = 'j', ...more }: JsonObject & { job_id?: string } = {},
  ) => {
    minute++;
    await registry.addStep(step_id, job_id);
    await registry.run('update_step', {
      step_id,
      status: 'success',
      started_at: at(minute),
      completed_at: at(minute),
      inputs: inputs.map((location) => table(location)),
      outputs: outputs.map((location) => table(location)),
      ...more,
    });
  };
  const graph = async (location: string, more: JsonObject = {}): Promise<Graph> => {
    const data = await registry.data('get_lineage', { location, depth: 50, ...more });
    return data['graph'] as Graph;
  };
  const ask = async (location: string, column: string) =>
    (await registry.data('get_lineage', { location, column, depth: 5 }))['columns'];
  const chain = async (length: number) => {
    for (let n = 0; n < length; n++) await step(`s${n}`, [`t${n}`], [`t${n + 1}`]);
  };

  it('goes as many steps as its depth, in both directions, and says where it would go on', async () => {
    await chain(6);
    const found = await graph('t3', { depth: 2 });
    expect(locationsOf(found)).toEqual(['t1', 't2', 't3', 't4', 't5']);
    expect(found.nodes.flatMap(({ step_id }) => step_id ?? []).toSorted()).toEqual([
      's1',
      's2',
      's3',
      's4',
    ]);
    expect(found.edges).toHaveLength(8);
    expect(found.edges).toContainEqual({
      from: 'location:t3',
      to: 'step:s3',
      type: 'read',
      at: '2026-01-01T00:04:00.000000+00:00',
    });
    expect(found.frontier.toSorted()).toEqual(['t1', 't5']);
    expect(found).toMatchObject({ truncated: true });
  });

  it('ends where there is nothing more, and then is not truncated', async () => {
    await chain(4);
    const found = await graph('t2', { direction: 'producers' });
    expect(locationsOf(found)).toEqual(['t0', 't1', 't2']);
    expect(found).toMatchObject({ truncated: false, frontier: [] });
  });

  it('ends in a cycle, and draws it', async () => {
    await step('a', ['x'], ['y']);
    await step('b', ['y'], ['x']);
    const found = await graph('x');
    expect(locationsOf(found)).toEqual(['x', 'y']);
    expect(found.edges).toHaveLength(4);
    expect({ truncated: found.truncated }).toEqual({ truncated: false });
  });

  it('stops before it is larger than an answer can be, and names its frontier', async () => {
    const many = Array.from({ length: 900 }, (_, n) => `w${n}`);
    await step('wide', ['x'], many);
    await step('next', many, ['z']);
    const wide = await graph('x');
    expect(wide.nodes).toHaveLength(904);
    expect({ truncated: wide.truncated }).toEqual({ truncated: false });
    const more = Array.from({ length: 1000 }, (_, n) => `v${n}`);
    await step('wider', ['z'], more);
    await step(
      'widest',
      ['v0'],
      many.map((name) => `u${name}`),
    );
    const found = await graph('x');
    expect({ truncated: found.truncated }).toEqual({ truncated: true });
    expect(found.frontier).toHaveLength(1000);
    expect(found.nodes.length).toBeLessThanOrEqual(2000);
  });

  it('shows what there was at a moment', async () => {
    await chain(4);
    expect(locationsOf(await graph('t0', { as_of: at(2) }))).toEqual(['t0', 't1', 't2']);
    const { consumers } = await registry.data('get_lineage', { location: 't3', as_of: at(3) });
    expect(consumers).toEqual([]);
  });

  it('keeps to an environment', async () => {
    await registry.run('create_job', { pipeline: 'p', job_id: 'prod', environment: 'prod' });
    await step('a', ['x'], ['y']);
    await step('b', ['y'], ['z'], { job_id: 'prod' });
    expect(locationsOf(await graph('x'))).toEqual(['x', 'y', 'z']);
    expect(locationsOf(await graph('x', { environment: 'dev' }))).toEqual(['x', 'y']);
  });

  it('follows references that a step no longer has as little as those it never had', async () => {
    await step('a', ['x', 'w'], ['y']);
    await registry.run('update_step', { step_id: 'a', inputs: [table('v')], status: 'success' });
    expect(locationsOf(await graph('y'))).toEqual(['v', 'y']);
  });

  it('of a run names the runs whose very versions it read, and those that read its own', async () => {
    await step('w1', ['raw'], ['t']);
    await step('r1', ['t'], ['out1']);
    await step('w2', ['raw'], ['t']);
    await step('r2', ['t'], ['out2']);
    const run = async (step_id: string, direction: string) => {
      const { graph: found } = await registry.data('get_run_lineage', {
        step_id,
        direction,
        depth: 5,
      });
      return (found as Graph).nodes.flatMap((node) => node.step_id ?? []).toSorted();
    };
    expect(await run('r1', 'producers')).toEqual(['r1', 'w1']);
    expect(await run('r2', 'producers')).toEqual(['r2', 'w2']);
    expect(await run('w1', 'consumers')).toEqual(['r1', 'w1']);
    await expect(registry.data('get_run_lineage', { step_id: 'none' })).rejects.toThrow(
      'Step not found: none',
    );
  });

  it('of a run knows the version also when the Result that wrote it comes later', async () => {
    await registry.addStep('reader');
    await registry.run('update_step', {
      step_id: 'reader',
      status: 'success',
      started_at: at(10),
      completed_at: at(11),
      inputs: [table('t')],
    });
    await step('writer', [], ['t']);
    const { graph: found } = await registry.data('get_run_lineage', { step_id: 'reader' });
    expect((found as Graph).nodes.flatMap((node) => node.step_id ?? [])).toContain('writer');
  });

  it('of a column names what it is made of, and what is made of it', async () => {
    await step('a', ['raw'], [], { outputs: [table('mid', columns('b', 'raw', 'a'))] });
    await step('b', ['mid'], [], { outputs: [table('end', columns('c', 'mid', 'b'))] });
    const first = { from: { location: 'raw', column: 'a' }, to: { location: 'mid', column: 'b' } };
    const second = { from: { location: 'mid', column: 'b' }, to: { location: 'end', column: 'c' } };
    expect(await ask('end', 'c')).toMatchObject({ upstream: [second, first], downstream: [] });
    expect(await ask('raw', 'a')).toMatchObject({ upstream: [], downstream: [first, second] });
    expect(await ask('raw', 'other')).toMatchObject({ upstream: [], downstream: [] });
  });

  it('of an impact names what is downstream and the newest jobs to run again, each after those it reads', async () => {
    for (const [job_id, pipeline] of [
      ['load-1', 'load'],
      ['load-2', 'load'],
      ['mart', 'mart'],
      ['report', 'report'],
      ['other', 'other'],
    ] as const) {
      await registry.run('create_job', { pipeline, job_id });
    }
    await step('m', ['stage', 'dim'], ['mart'], { job_id: 'mart' });
    await step('l1', ['raw'], ['stage'], { job_id: 'load-1' });
    await step('l2', ['raw'], ['stage'], { job_id: 'load-2' });
    await step('r', ['mart', 'stage'], ['report'], { job_id: 'report' });
    await step('o', ['elsewhere'], ['else'], { job_id: 'other' });
    for (const id of ['l1', 'l2', 'm', 'r']) {
      await registry.run('update_step', { step_id: id, metadata: {} });
    }
    const { impact } = await registry.data('get_lineage', { location: 'raw', impact: true });
    const { locations, jobs, cyclic } = impact as {
      locations: string[];
      jobs: JsonObject[];
      cyclic: boolean;
    };
    expect(locations.toSorted()).toEqual(['mart', 'report', 'stage']);
    expect(jobs.map(({ job_id }) => job_id)).toEqual(['load-2', 'mart', 'report']);
    expect({ cyclic }).toEqual({ cyclic: false });
  });
});
