import { describe, expect, it } from '@jest/globals';
import type { BrokerMessage } from '../../../../src/transport/broker/broker.queue.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { message } from '../../fake-sqs.js';

const leaseOf = (received: BrokerMessage = message('m')): Lease =>
  new Lease(received, 'm', 'm-handle', 1000, 31_000);

describe('a lease', () => {
  it('is held until it ends, whatever its state says by then', () => {
    const lease = leaseOf();
    expect({ before: lease.isHeldAt(30_999), after: lease.isHeldAt(31_000) }).toEqual({
      before: true,
      after: false,
    });
    lease.state = 'releasing';
    expect({ isHeld: lease.isHeldAt(1000) }).toEqual({ isHeld: false });
  });

  it('has the message from when SQS was asked for it, unless told when it was read', () => {
    expect(leaseOf().arrivedAtMs).toBe(1000);
    expect(new Lease(message('m'), 'm', 'h', 1000, 31_000, 5000)).toMatchObject({
      receivedAtMs: 1000,
      arrivedAtMs: 5000,
    });
  });

  it('counts a try here beside the receives of SQS', () => {
    const lease = leaseOf(message('m', { ApproximateReceiveCount: '3' }));
    lease.heldRetries = 2;
    expect({ receives: lease.receiveCount, attempt: lease.attempt }).toEqual({
      receives: 3,
      attempt: 5,
    });
  });

  it('knows nothing of a message that SQS says nothing about', () => {
    const bare = leaseOf({});
    expect(bare).toMatchObject({
      receiveCount: 1,
      firstReceivedAtMs: undefined,
      group: undefined,
      sequenceNumber: undefined,
      bytes: 0,
    });
  });

  it('takes as many bytes as body and attributes have', () => {
    const lease = leaseOf({
      Body: 'x'.repeat(100),
      MessageAttributes: {
        text: { DataType: 'String', StringValue: 'abc' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array(7) },
        empty: { DataType: 'String' },
      },
    });
    expect(lease.bytes).toBe(100 + 'text'.length + 3 + 'bytes'.length + 7 + 'empty'.length);
  });

  it('tells all who ask when it is extended, until they ask no more', () => {
    const lease = leaseOf();
    lease.extend(32_000);
    const told: string[] = [];
    const stop = lease.onExtended(() => void told.push('one'));
    lease.onExtended(() => void told.push('other'));
    lease.extend(40_000);
    expect({ told, expiresAtMs: lease.expiresAtMs }).toEqual({
      told: ['one', 'other'],
      expiresAtMs: 40_000,
    });
    stop();
    lease.extend(50_000);
    expect(told).toEqual(['one', 'other', 'other']);
  });

  it('that is reclaimed from its release says so, also where nobody waits for the release', () => {
    const lease = leaseOf();
    lease.state = 'releasing';
    lease.reclaim('held');
    expect(lease.state).toBe('held');
    let told = 0;
    lease.onReclaimed = () => void (told += 1);
    lease.reclaim('ended');
    expect({ state: lease.state, told }).toEqual({ state: 'ended', told: 1 });
  });

  it('has one signal, which is not aborted while it is held', () => {
    const lease = leaseOf();
    expect(lease.signal).toBe(lease.signal);
    expect(lease.signal).toMatchObject({ aborted: false });
  });
});
