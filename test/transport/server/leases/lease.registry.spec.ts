import { describe, expect, it } from '@jest/globals';
import type { Message } from '@aws-sdk/client-sqs';
import { message } from '../../fake-sqs.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { LeaseRegistry } from '../../../../src/transport/server/leases/lease.registry.js';

/** The message `a` as it was received for the so-manieth time. */
const of = (receive: number): Message =>
  message('a', { ApproximateReceiveCount: String(receive) }, { ReceiptHandle: `${receive}` });

const HOUR_MS = 3600_000;
const VISIBILITY_MS = 30_000;

function registry(options: { visibilityMs?: number; maxLeaseMs?: number } = {}) {
  const lost: string[] = [];
  const leases = new LeaseRegistry({
    visibilityMs: VISIBILITY_MS,
    maxLeaseMs: HOUR_MS,
    onLost: ({ messageId }) => void lost.push(messageId),
    ...options,
  });
  const take = (received: Message, nowMs = 0): Lease => {
    const lease = leases.take(received, nowMs);
    if (!lease) throw new Error('not taken');
    return lease;
  };
  return { leases, lost, take };
}

describe('the registry of leases', () => {
  it('counts a message until it has ended', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    expect(leases.size).toBe(1);
    leases.end(lease);
    expect(leases.size).toBe(0);
    expect(lease.state).toBe('ended');
  });

  it('loses a lease that ran out when its own copy comes, rather than revive it', () => {
    const { leases, lost, take } = registry();
    const lease = take(message('a'));
    expect(
      leases.take(message('a', {}, { ReceiptHandle: 'newer' }), VISIBILITY_MS),
    ).toBeUndefined();
    expect({ state: lease.state, lost }).toEqual({ state: 'lost', lost: ['a'] });
  });

  it('does not start the same message twice; the running one goes on under the newer handle', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    expect(leases.take(message('a', {}, { ReceiptHandle: 'newer' }), 20_000)).toBeUndefined();
    expect(lease.receiptHandle).toBe('newer');
    leases.expire(VISIBILITY_MS + 1000);
    expect(lease.state).toBe('held');
    expect(leases.size).toBe(1);
  });

  it('gives the newer handle to a message that is being acknowledged as well', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    lease.state = 'acknowledging';
    leases.take(message('a', {}, { ReceiptHandle: 'newer' }), 20_000);
    expect(lease.receiptHandle).toBe('newer');
    expect(lease.expiresAtMs).toBeGreaterThan(VISIBILITY_MS);
  });

  it('keeps the handle of the newest receive, in whatever order the answers of two come', () => {
    const { leases, take } = registry();
    const lease = take(of(2), 5000);
    leases.take(of(1), 6000);
    expect(lease).toMatchObject({ receiptHandle: '2', expiresAtMs: 34_000 });
    leases.take(of(3), 4000);
    expect(lease).toMatchObject({ receiptHandle: '3', expiresAtMs: 33_000 });
    leases.take(of(2), 7000);
    expect(lease).toMatchObject({ receiptHandle: '3', expiresAtMs: 33_000 });
  });

  it('starts a message that is received again while it is released, as its release has arrived then', () => {
    const { leases, take } = registry();
    const first = take(message('a'));
    first.state = 'releasing';
    let reclaimed = 0;
    first.onReclaimed = () => void (reclaimed += 1);
    const second = take(message('a', {}, { ReceiptHandle: 'newer' }));
    expect({ first: first.state, second: second.state, reclaimed, size: leases.size }).toEqual({
      first: 'ended',
      second: 'held',
      reclaimed: 1,
      size: 1,
    });
    leases.end(first);
    expect(leases.size).toBe(1);
  });

  it('counts a lease from when the receive was sent: an answer that lay unread until then is lost already', () => {
    const { leases, lost, take } = registry();
    const lease = take(message('a'), 1000);
    expect({ holds: leases.holds(lease, 1000 + VISIBILITY_MS) }).toEqual({ holds: false });
    expect(lost).toEqual(['a']);
  });

  it('counts a short lease as over a twentieth before its end, and a long one a second before', () => {
    const leases = [10_000, 600_000].map((visibilityMs) =>
      registry({ visibilityMs }).take(message('a')),
    );
    expect(leases.map(({ expiresAtMs }) => expiresAtMs)).toEqual([9500, 599_000]);
  });

  it('counts what messages take, until they have ended', () => {
    const { leases, take } = registry();
    const attributes = { seal: { DataType: 'Binary', BinaryValue: new Uint8Array(100) } };
    const lease = take(message('a', {}, { Body: 'x'.repeat(50), MessageAttributes: attributes }));
    take(message('b', {}, { Body: 'x'.repeat(7) }));
    expect(leases.bytes).toBe(50 + 'seal'.length + 100 + 7);
    leases.end(lease);
    expect(leases.bytes).toBe(7);
  });

  it('knows a FIFO group whose handler still runs though its lease is lost', () => {
    const { leases, take } = registry();
    const lease = take(message('a', { MessageGroupId: 'g' }));
    expect({ hasLost: leases.hasLost('g') }).toEqual({ hasLost: false });
    leases.expire(VISIBILITY_MS);
    expect({ g: leases.hasLost('g'), h: leases.hasLost('h') }).toEqual({ g: true, h: false });
    leases.end(lease);
    expect({ hasLost: leases.hasLost('g') }).toEqual({ hasLost: false });
  });

  it('counts the handlers that still run though their lease is lost, group by group', () => {
    const { leases, take } = registry();
    const lost = take(message('a', { MessageGroupId: 'g' }));
    take(message('b', { MessageGroupId: 'h' }), 20_000);
    leases.expire(VISIBILITY_MS);
    expect({ lost: leases.lost, g: leases.hasLost('g'), h: leases.hasLost('h') }).toEqual({
      lost: 1,
      g: true,
      h: false,
    });
    leases.end(lost);
    expect({ lost: leases.lost, g: leases.hasLost('g') }).toEqual({ lost: 0, g: false });
  });

  it('counts what a message takes once, when it is received again while it is released', () => {
    const { leases, take } = registry();
    take(message('a', {}, { Body: 'four' })).state = 'releasing';
    take(message('a', {}, { ReceiptHandle: 'newer', Body: 'four' }));
    expect({ size: leases.size, bytes: leases.bytes }).toEqual({ size: 1, bytes: 4 });
  });

  it('does not bring a lost lease back to life', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    leases.expire(VISIBILITY_MS);
    expect(
      leases.take(message('a', {}, { ReceiptHandle: 'newer' }), VISIBILITY_MS + 1),
    ).toBeUndefined();
    expect(lease).toMatchObject({ state: 'lost', receiptHandle: 'a-handle' });
  });

  it('starts a message again once its first copy has ended, which can then end it no more', () => {
    const { leases, take } = registry();
    const first = take(message('a'));
    leases.end(first);
    const second = take(message('a'));
    leases.end(first);
    expect(leases.size).toBe(1);
    leases.end(second);
    expect(leases.size).toBe(0);
  });

  it.each([{ MessageId: undefined }, { ReceiptHandle: undefined }])(
    'leaves out a message that has not both id and handle: %j',
    (parts) => {
      const { leases } = registry();
      const { MessageId, ReceiptHandle, ...rest } = message('a');
      const whole = { MessageId, ReceiptHandle, ...parts };
      const known = Object.fromEntries(
        Object.entries(whole).filter(([, value]) => value !== undefined),
      );
      expect(leases.take({ ...rest, ...known }, 0)).toBeUndefined();
      expect(leases.size).toBe(0);
    },
  );

  it('reads receive count, first receive and group from the message', () => {
    const { take } = registry();
    const lease = take(
      message('a', {
        ApproximateReceiveCount: '3',
        ApproximateFirstReceiveTimestamp: '5',
        MessageGroupId: 'g',
      }),
      9,
    );
    expect(lease).toMatchObject({ receiveCount: 3, firstReceivedAtMs: 5, group: 'g' });
    expect(take(message('b'), 9)).toMatchObject({ receiveCount: 1, firstReceivedAtMs: undefined });
  });
});

describe('the renewal of a lease', () => {
  it('is due from the moment of receipt, when less than a third of the lease is left', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    const { expiresAtMs } = lease;
    expect(leases.renewable(expiresAtMs - VISIBILITY_MS / 3)).toEqual([]);
    expect(leases.renewable(expiresAtMs - VISIBILITY_MS / 3 + 1)).toEqual([[lease]]);
    leases.renewed(lease, 21_000, 21_000);
    expect(leases.renewable(21_000)).toEqual([]);
    leases.expire(VISIBILITY_MS);
    expect(lease.state).toBe('held');
  });

  it('is due for a FIFO group as a whole, and for none of it once one of its messages was held for longest', () => {
    const { leases, take } = registry({ maxLeaseMs: 60_000 });
    const [one, other] = [take(message('a', { MessageGroupId: 'g' })), take(message('b'), 0)];
    const later = take(message('c', { MessageGroupId: 'g' }), 20_000);
    expect(leases.renewable(25_000)).toEqual([[other], [one, later]]);
    for (const lease of [one, later]) leases.renewed(lease, 45_000, 25_000);
    expect(leases.renewable(70_000)).toEqual([]);
  });

  it('goes on while a handled message is being deleted, so that SQS does not deliver it again', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    lease.state = 'acknowledging';
    expect(leases.renewable(VISIBILITY_MS - 2000)).toEqual([[lease]]);
  });

  it.each(['releasing', 'lost', 'ended'] as const)('is not due for a lease that is %s', (state) => {
    const { leases, take } = registry();
    take(message('a')).state = state;
    expect(leases.renewable(VISIBILITY_MS - 1)).toEqual([]);
  });

  it('changes nothing when it is answered after the lease has ended, as the message may be another’s then', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    const { expiresAtMs } = lease;
    leases.renewed(lease, 21_000, expiresAtMs);
    expect(lease.expiresAtMs).toBe(expiresAtMs);
    leases.renewed(lease, 21_000, expiresAtMs - 1);
    expect(lease.expiresAtMs).toBeGreaterThan(expiresAtMs);
  });

  it('is answered in time for a handled message at any time, as it is only to be deleted', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    lease.state = 'acknowledging';
    const { expiresAtMs } = lease;
    leases.renewed(lease, 21_000, expiresAtMs + 1000);
    expect(lease.expiresAtMs).toBeGreaterThan(expiresAtMs);
  });

  it('ends with the longest lease', () => {
    const { leases, take } = registry({ maxLeaseMs: 60_000 });
    const lease = take(message('a'));
    leases.renewed(lease, 59_000 - VISIBILITY_MS, 0);
    expect(leases.renewable(59_000)).toEqual([[lease]]);
    expect(leases.renewable(60_000)).toEqual([]);
  });

  it('ends before SQS would refuse it, 12 h after the receive, however long the longest lease is', () => {
    const { leases, take } = registry({ maxLeaseMs: 24 * HOUR_MS });
    const lease = take(message('a'));
    const lastMs = 12 * HOUR_MS - VISIBILITY_MS;
    leases.renewed(lease, lastMs - VISIBILITY_MS, 0);
    expect(leases.renewable(lastMs - 1)).toEqual([[lease]]);
    expect(leases.renewable(lastMs)).toEqual([]);
  });

  it('goes on for a message that was first received days ago', () => {
    const { leases, take } = registry();
    const nowMs = 72 * HOUR_MS;
    const lease = take(message('a', { ApproximateFirstReceiveTimestamp: '1' }), nowMs);
    expect(leases.renewable(nowMs + VISIBILITY_MS - 2000)).toEqual([[lease]]);
  });
});

describe('a lease that runs out', () => {
  it('is lost once, a moment before SQS delivers the message to others, and aborts the signal of its handler', () => {
    const { leases, lost, take } = registry();
    const lease = take(message('a'));
    const { signal } = lease;
    leases.expire(VISIBILITY_MS - 1001);
    expect(lost).toEqual([]);
    leases.expire(VISIBILITY_MS - 1000);
    leases.expire(VISIBILITY_MS);
    expect(lost).toEqual(['a']);
    expect({ aborted: signal.aborted }).toEqual({ aborted: true });
    expect(signal.reason).toEqual(new Error('The lease of message a was lost'));
  });

  it('has a signal that is aborted for the same reason when it is asked for only afterwards', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    leases.expire(VISIBILITY_MS);
    expect({ aborted: lease.signal.aborted }).toEqual({ aborted: true });
    expect(lease.signal.reason).toEqual(new Error('The lease of message a was lost'));
  });

  it('stays counted until its handler has ended, and stays lost', () => {
    const { leases, take } = registry();
    const lease = take(message('a'));
    leases.expire(VISIBILITY_MS);
    expect(leases.size).toBe(1);
    leases.end(lease);
    expect(leases.size).toBe(0);
    expect(lease.state).toBe('lost');
  });

  it('is noticed when it is about to be used, before the next heartbeat', () => {
    const { leases, lost, take } = registry();
    const lease = take(message('a'));
    expect({ holds: leases.holds(lease, VISIBILITY_MS - 1001) }).toEqual({ holds: true });
    expect({ holds: leases.holds(lease, VISIBILITY_MS - 1000) }).toEqual({ holds: false });
    expect({ holds: leases.holds(lease, VISIBILITY_MS) }).toEqual({ holds: false });
    expect(lost).toEqual(['a']);
  });

  it('is not lost while it is being settled', () => {
    const { leases, lost, take } = registry();
    take(message('a')).state = 'acknowledging';
    leases.expire(VISIBILITY_MS);
    expect(lost).toEqual([]);
  });
});

describe('whenEmpty', () => {
  it('resolves when the last lease has ended, and at once when there is none', async () => {
    const { leases, take } = registry();
    await leases.whenEmpty();
    const [a, b] = [take(message('a')), take(message('b'))];
    let empty = 0;
    const waiting = [leases.whenEmpty(), leases.whenEmpty()].map((done) =>
      done.then(() => (empty += 1)),
    );
    leases.end(a);
    await Promise.resolve();
    expect(empty).toBe(0);
    leases.end(b);
    await Promise.all(waiting);
    expect(empty).toBe(2);
  });
});
