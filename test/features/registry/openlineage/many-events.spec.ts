import { beforeEach, describe, expect, it } from '@jest/globals';
import { readEvent } from '../../../../src/features/registry/lineage/openlineage/read-event.js';
import { STEPS_COLLECTION } from '../../../../src/features/registry/registry.documents.js';
import type { JsonObject } from '../../../../src/protocol/index.js';
import { RegistryFixture } from '../registry.fixture.js';

const RUN = 'run-1';
const event = (eventType: string, more: JsonObject = {}): JsonObject => ({
  eventType,
  eventTime: '2026-01-01T00:00:00Z',
  producer: 'https://example.com/producer',
  run: {
    runId: RUN,
    facets: { parent: { run: { runId: 'dag' }, job: { namespace: 'n', name: 'dag' } } },
  },
  job: { namespace: 'n', name: 'task', facets: {} },
  ...more,
});
const dataset = (name: string, facets: JsonObject = {}) => ({ namespace: 'n', name, facets });
const named = (from: number) =>
  Array.from({ length: 6000 }, (_, index) => dataset(String(from + index)));
const nested = (levels: number): unknown =>
  JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('Many OpenLineage events, or large ones', () => {
  let registry: RegistryFixture;
  beforeEach(() => {
    registry = new RegistryFixture();
  });
  const take = (...events: JsonObject[]) => registry.ingest.take(events.map(readEvent));
  const step = async () => {
    const found = await registry.store.collection(STEPS_COLLECTION).findOne({ _id: RUN });
    if (found === null) throw new Error('There is no step of the run');
    return found;
  };

  it('of one run are one change of its step, however many come in one request', async () => {
    const events = Array.from({ length: 1000 }, (_, index) =>
      event(index === 0 ? 'START' : 'RUNNING', {
        outputs: Array.from({ length: 5 }, (__, at) => dataset(`${index}-${at}`)),
      }),
    );
    await take(...events, event('COMPLETE'));
    const { revision, status, more_outputs } = await step();
    expect({ revision, status, outputs: more_outputs?.count }).toEqual({
      revision: 1,
      status: 'success',
      outputs: 5000,
    });
    await registry.outbox.flush();
    const ofSteps = registry.events.map(({ type }) => type).filter((type) => /step_/.test(type));
    expect(ofSteps).toEqual(['registry.step_started', 'registry.step_completed']);
  });

  it('come to the same in one request as one by one', async () => {
    const events = [
      event('START', { inputs: [dataset('a', { x: { v: 1 } })] }),
      event('RUNNING', { inputs: [dataset('b')], outputs: [dataset('c')] }),
      event('FAIL', { inputs: [dataset('a', { y: { v: 2 } })] }),
      event('COMPLETE', { outputs: [dataset('d')] }),
    ];
    await take(...events);
    const together = await registry.step(RUN);
    registry = new RegistryFixture();
    for (const one of events) await take(one);
    expect(together).toEqual(await registry.step(RUN));
  });

  it('that name more datasets than a run may have leave out those beyond', async () => {
    await take(event('RUNNING', { outputs: named(0) }), event('RUNNING', { outputs: named(6000) }));
    expect((await step()).more_outputs?.count).toBe(10_000);
  });

  it('with facets that are too many bytes between them keep the datasets, and facets while there is room', async () => {
    const large = { text: 'x'.repeat(200_000) };
    const outputs = Array.from({ length: 40 }, (_, index) => dataset(String(index), { large }));
    for (let start = 0; start < 40; start += 5) {
      await take(event('RUNNING', { outputs: outputs.slice(start, start + 5) }));
    }
    const kept = (await step()).outputs;
    expect(kept).toHaveLength(40);
    expect(kept.filter(({ metadata }) => 'facets' in metadata)).toHaveLength(20);
  });

  it.each([3000, 100_000])(
    'with a facet nested %i levels deep are taken without that facet',
    async (levels) => {
      const deep = { deep: nested(levels), kept: { v: 1 } };
      const run = { runId: RUN, facets: deep };
      await take(event('COMPLETE', { run, inputs: [dataset('a', deep)] }));
      const { inputs, facets } = await step();
      expect(inputs[0]?.metadata).toEqual({ facets: { kept: { v: 1 } } });
      expect(facets).toMatchObject({ run: { kept: { v: 1 } } });
    },
  );
});
