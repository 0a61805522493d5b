import { describe, expect } from '@jest/globals';
import { shows } from '../engine.js';
import { Bench, body, emit, gate, jobs, withStore, worker } from './harness.js';

// Each test takes a lease and more by the clock of its engine, so npm test has them over the broker in memory alone.
const bench = new Bench();

const NONE = { visible: 0, inFlight: 0 };
const IN_FLIGHT = { visible: 0, inFlight: 1 };
/** Renewed after two thirds: a process may stand still for the third that is left. */
const LEASE_S = 15;
const LONGER_THAN_A_LEASE_MS = 16_000;

describe('Handlers that take longer than a lease', () => {
  shows('a handler that outlasts the visibility timeout keeps its message', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: LEASE_S });
    const held = gate();
    const { Worker, attempts, attempted } = worker(() => held.opened);
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await attempted(1);
    await bench.passes(LONGER_THAN_A_LEASE_MS);
    expect(await bench.stack.depth(queue)).toEqual(IN_FLIGHT);
    held.open();
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows('a handler that still runs while its server closes keeps its message', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: LEASE_S });
    const held = gate();
    const { Worker, attempts, attempted } = worker(() => held.opened);
    const { client, server } = await bench.start({
      topology,
      controllers: [Worker],
      server: { drainTimeoutMs: 10 * LONGER_THAN_A_LEASE_MS },
    });
    await emit(client, 'job.run', {});
    await attempted(1);
    const closing = server.close();
    await bench.passes(LONGER_THAN_A_LEASE_MS);
    expect(await bench.stack.depth(queue)).toEqual(IN_FLIGHT);
    held.open();
    await closing;
    expect(await bench.stack.depth(queue)).toEqual(NONE);
    expect(attempts).toHaveLength(1);
  });

  shows(
    'two processes never work on the same message at once, nor after each other',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: LEASE_S });
      const held = gate();
      const { Worker, attempts, attempted } = worker(() => held.opened);
      const server = withStore();
      await bench.start({ topology, controllers: [Worker], server });
      await bench.start({ topology, controllers: [Worker], server });
      const copies = body();
      for (let n = 0; n < 4; n += 1) await bench.stack.put(queue, copies);
      await attempted(1);
      // The reservation is renewed along with the lease.
      await bench.passes(LONGER_THAN_A_LEASE_MS);
      expect(attempts).toHaveLength(1);
      held.open();
      await bench.stack.emptied(queue);
      expect(attempts).toHaveLength(1);
    },
  );
});
