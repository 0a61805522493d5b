import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, jest } from '@jest/globals';
import { PUBLISH_TIMEOUT_MS } from '../../../src/platform/outbox/outbox.constants.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { DataReference, Result } from '../../../src/protocol/index.js';
import { waitFor } from '../../support/wait.js';
import { IDLE_CLOCK, RegistryFixture } from './registry.fixture.js';

/** Their edges are written in four calls. */
const REFERENCES = 3500;

/** A registry in which an attempt of the outbox is over when the test says so. */
function registryOf() {
  const attempts = new Set<() => unknown>();
  const clock: typeof IDLE_CLOCK = {
    ...IDLE_CLOCK,
    after: (ms, over) => {
      if (ms !== PUBLISH_TIMEOUT_MS) return IDLE_CLOCK.after(ms, over);
      attempts.add(over);
      return () => void attempts.delete(over);
    },
  };
  const registry = new RegistryFixture(new SqliteStore(), undefined, clock);
  return { registry, endAttempt: () => attempts.forEach((over) => void over()) };
}

it('a step whose edges take longer than an attempt of the outbox may is continued by the next one, and by no other', async () => {
  const { registry, endAttempt } = registryOf();
  await registry.withStep();
  const add = registry.edges.add.bind(registry.edges);
  const sizes: number[] = [];
  const succeeded = Promise.withResolvers<void>();
  jest.spyOn(registry.edges, 'add').mockImplementation(async (edges) => {
    sizes.push(edges.length);
    await add(edges);
    if (sizes.length > 1) return;
    endAttempt();
    await succeeded.promise;
  });
  const inputs = Array.from(
    { length: REFERENCES },
    (_, n) => new DataReference({ ref_type: 'file', location: `raw/${n}` }),
  );
  await registry.record(Result.success({ correlation_id: 'c', step_id: 's', inputs }));
  await waitFor('the edge of the last reference', async () => {
    await registry.outbox.flush();
    const location = `raw/${REFERENCES - 1}`;
    const { consumers } = await registry.data('get_lineage', { location });
    return (consumers as unknown[]).length === 1;
  });
  succeeded.resolve();
  // Turns in which the attempt that was over would go on: it waits for nothing but the store in memory.
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  expect(sizes).toEqual([1000, 1000, 1000, 500]);
});
