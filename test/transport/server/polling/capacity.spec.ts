import { describe, expect, it } from '@jest/globals';
import { Capacity } from '../../../../src/transport/server/polling/capacity.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the capacity of a queue', () => {
  it('is the messages that may still be in flight, while they are small', () => {
    const leases = { size: 30, bytes: 30 * KIB };
    const capacity = new Capacity(leases, 80, 32 * MIB);
    expect(capacity.free).toBe(50);
    capacity.messages = 20;
    expect(capacity.free).toBe(-10);
  });

  it('is what fits of messages as large as the largest of late, and never less than one where none is in flight', () => {
    const leases = { size: 0, bytes: 0 };
    const capacity = new Capacity(leases, 80, 4 * MIB);
    capacity.received(MIB);
    expect(capacity.free).toBe(4);
    Object.assign(leases, { size: 3, bytes: 3 * MIB });
    expect(capacity.free).toBe(1);
    Object.assign(leases, { size: 5, bytes: 5 * MIB });
    expect(capacity.free).toBe(0);
    Object.assign(leases, { size: 0, bytes: 0 });
    capacity.received(8 * MIB);
    expect(capacity.free).toBe(1);
  });

  it('grows again as messages become smaller', () => {
    const capacity = new Capacity({ size: 0, bytes: 0 }, 80, 4 * MIB);
    capacity.received(MIB);
    for (let receive = 0; receive < 40; receive += 1) capacity.received(KIB);
    expect(capacity.free).toBe(80);
  });
});
