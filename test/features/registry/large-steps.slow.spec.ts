import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  DataReference,
  parseResult,
  Result,
  type JsonObject,
} from '../../../src/protocol/index.js';
import { waitFor } from '../../support/wait.js';
import { RegistryFixture } from './registry.fixture.js';

describe('the registry', () => {
  let registry: RegistryFixture;
  beforeEach(async () => {
    registry = new RegistryFixture();
    await registry.withStep();
  });

  it('keeps a Result of 100 000 references and finds its lineage', async () => {
    const count = 100_000;
    const inputs = Array.from(
      { length: count },
      (_, n) => new DataReference({ ref_type: 'file', location: `raw/${n}` }),
    );
    const result = Result.success({ correlation_id: 'c', step_id: 's', inputs });
    await registry.results.record(parseResult(JSON.parse(JSON.stringify(result))));
    const { steps } = await registry.data('get_job_steps', { job_id: 'j' });
    expect(steps).toMatchObject([{ step_id: 's', input_count: count }]);
    // A starved machine needs more than one attempt of the outbox.
    const consumers = await waitFor('the edge of the last reference', async () => {
      await registry.outbox.flush();
      const lineage = await registry.data('get_lineage', { location: `raw/${count - 1}` });
      const found = lineage['consumers'] as JsonObject[];
      return found.length > 0 && found;
    });
    expect(consumers).toMatchObject([{ step_id: 's' }]);
    expect((await registry.data('get_step', { step_id: 's' }))['inputs']).toHaveLength(count);
  });

  it('keeps a job of 10 000 steps, lists and cancels them', async () => {
    for (let n = 0; n < 10_000; n++) await registry.addStep(`s${n}`);
    const data = await registry.data('get_job_steps', { job_id: 'j' });
    // With the one it began with.
    expect(data['steps'] as JsonObject[]).toHaveLength(10_001);
    expect(await registry.data('cancel_job', { job_id: 'j' })).toMatchObject({
      steps_skipped: 10_001,
    });
  });
});
