import { describe, expect, it } from '@jest/globals';
import type { TransportFacts } from '../../../../src/transport/transport.observer.js';
import { NotRunError } from '../../../../src/transport/errors/index.js';
import { FakeClock } from '../../../../src/testing/index.js';
import {
  HandedInSettlement,
  type Outcome,
} from '../../../../src/transport/server/settling/handed-in.settlement.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { message } from '../../fake-sqs.js';
import { placeOf } from '../line.js';

const LEASE_MS = 1000;

/** A message that a caller handed in, whose handler fails with what the test says. */
function handedIn(judged: Outcome = 'retry') {
  const clock = new FakeClock(0);
  const acknowledged: TransportFacts['acknowledged'][] = [];
  const judging: unknown[] = [];
  const settled: Outcome[] = [];
  const settlement = new HandedInSettlement({
    queue: 'jobs',
    clock,
    observer: { acknowledged: (facts) => void acknowledged.push(facts) },
    judge: (_lease, pattern, error) => {
      judging.push({ pattern, error });
      return judged;
    },
  });
  const lease = new Lease(message('m'), 'm', 'm-handle', 0, LEASE_MS);
  settlement.watch(lease, (outcome) => void settled.push(outcome));
  return { settlement, lease, clock, acknowledged, judging, settled };
}

describe('a message that a caller handed in', () => {
  it('may be started while the caller waits, and not afterwards', async () => {
    const { settlement, lease, clock } = handedIn();
    const before = settlement.startable(lease);
    await clock.advance(LEASE_MS);
    expect({ before, after: settlement.startable(lease) }).toEqual({ before: true, after: false });
  });

  it('that is asked for after its time is lost, and its handler hears of it', async () => {
    const { settlement, lease, clock } = handedIn();
    const { signal } = lease;
    expect({ holds: settlement.holds(lease) }).toEqual({ holds: true });
    expect({ state: lease.state, aborted: signal.aborted }).toEqual({
      state: 'held',
      aborted: false,
    });
    await clock.advance(LEASE_MS);
    expect({ holds: settlement.holds(lease), state: lease.state, aborted: signal.aborted }).toEqual(
      { holds: false, state: 'lost', aborted: true },
    );
  });

  it('stays settled when it is asked for again', async () => {
    const { settlement, lease } = handedIn();
    await settlement.ack(lease);
    expect({ holds: settlement.holds(lease), state: lease.state }).toEqual({
      holds: false,
      state: 'ended',
    });
  });

  it('is not judged when its handler was not run because its time was over', async () => {
    const { settlement, lease, clock, judging, settled } = handedIn('refused');
    await clock.advance(LEASE_MS);
    const late = settlement.fail(lease, 'job.run', new NotRunError('too late'));
    expect(await placeOf(late)).toBe('on the queue');
    expect({ judging, settled }).toEqual({ judging: [], settled: ['retry'] });
  });

  it.each([
    ['was not run while the caller waits', 0, new NotRunError('not now')],
    ['failed, however late', LEASE_MS, new Error('no')],
  ])('is judged when its handler %s', async (_what, ms, error) => {
    const { settlement, lease, clock, judging, settled } = handedIn('refused');
    await clock.advance(ms);
    await settlement.fail(lease, 'job.run', error);
    expect({ judging, settled }).toEqual({
      judging: [{ pattern: 'job.run', error }],
      settled: ['refused'],
    });
  });

  it.each([
    ['nobody counts', undefined],
    ['an observer counts nothing', {}],
  ] as const)('is settled where %s', async (_what, observer) => {
    const settlement = new HandedInSettlement({
      queue: 'jobs',
      clock: new FakeClock(0),
      observer,
      judge: () => 'retry',
    });
    const lease = new Lease(message('m'), 'm', 'm-handle', 0, LEASE_MS);
    expect(await placeOf(settlement.ack(lease))).toBe('deleted');
  });

  it('counts as handled when its handler has ended, and is settled', async () => {
    const { settlement, lease, acknowledged, settled } = handedIn();
    expect(await placeOf(settlement.ack(lease))).toBe('deleted');
    expect({ acknowledged, settled, state: lease.state }).toEqual({
      acknowledged: [{ queue: 'jobs', messages: 1 }],
      settled: ['handled'],
      state: 'ended',
    });
  });

  it('is to be redelivered when its handler ended too late, as its caller has gone', async () => {
    const { settlement, lease, acknowledged, settled } = handedIn();
    lease.lose();
    expect(await placeOf(settlement.ack(lease))).toBe('on the queue');
    expect({ acknowledged, settled, state: lease.state }).toEqual({
      acknowledged: [],
      settled: ['retry'],
      state: 'lost',
    });
  });

  it.each([
    ['is redelivered', 'retry', 'on the queue', []],
    ['is refused for good', 'refused', 'deleted', []],
    ['counts as handled', 'handled', 'deleted', [{ queue: 'jobs', messages: 1 }]],
  ] as const)('%s when its failure is judged so', async (_what, judged, place, counted) => {
    const { settlement, lease, judging, settled, acknowledged } = handedIn(judged);
    const error = new Error('no');
    expect(await placeOf(settlement.fail(lease, 'job.run', error))).toBe(place);
    expect({ judging, settled, acknowledged, state: lease.state }).toEqual({
      judging: [{ pattern: 'job.run', error }],
      settled: [judged],
      acknowledged: counted,
      state: 'ended',
    });
  });

  it('is settled where nobody asked to be told of it', async () => {
    const { settlement } = handedIn();
    const other = new Lease(message('n'), 'n', 'n-handle', 0, LEASE_MS);
    expect({ startable: settlement.startable(other) }).toEqual({ startable: true });
    expect(await placeOf(settlement.ack(other))).toBe('deleted');
  });
});
