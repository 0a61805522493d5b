import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RequestDeadline } from '../../../../src/transport/server/handling/request.deadline.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';

const SENT = 1_800_000_000_000;

/** A request as SQS dates it, received at a moment of this machine's clock. */
function lease(firstMs: number | undefined, receivedAtMs: number, receives = 1): Lease {
  const message = {
    Attributes: {
      ApproximateReceiveCount: String(receives),
      ...(firstMs !== undefined && {
        SentTimestamp: String(SENT),
        ApproximateFirstReceiveTimestamp: String(firstMs),
      }),
    },
  };
  return new Lease(message, 'm', 'h', receivedAtMs, receivedAtMs + 30_000);
}

const stateOf = (isOver: boolean): 'over' | 'open' => (isOver ? 'over' : 'open');

let warn: ReturnType<typeof spy>;
const spy = () => jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
beforeEach(() => {
  warn = spy();
});
afterEach(() => warn.mockRestore());

describe('the deadline of a request', () => {
  it.each([0, 6000, -6000, 3_600_000])(
    'goes by the time the request spent in SQS, by a clock that is %i ms ahead',
    (aheadMs) => {
      const deadline = new RequestDeadline('sums');
      const first = SENT + 4000;
      const request = lease(first, first + aheadMs);
      expect(stateOf(deadline.isOver(request, 5000, first + aheadMs))).toBe('open');
      expect(stateOf(deadline.isOver(request, 3000, first + aheadMs))).toBe('over');
      expect(stateOf(deadline.isOver(request, 5000, first + aheadMs + 1001))).toBe('over');
    },
  );

  it('of a request that is received again counts on, by the clock known from an earlier request', () => {
    const deadline = new RequestDeadline('sums');
    const again = lease(SENT + 10, SENT + 66_000, 2);
    expect(stateOf(deadline.isOver(again, 5000, SENT + 66_000))).toBe('open');
    deadline.isOver(lease(SENT, SENT + 6000), 5000, SENT + 6000);
    expect(stateOf(deadline.isOver(again, 5000, SENT + 66_000))).toBe('over');
  });

  it('is never over where the engine does not tell when a request was sent', () => {
    const deadline = new RequestDeadline('sums');
    expect(stateOf(deadline.isOver(lease(undefined, SENT), 1, SENT * 2))).toBe('open');
  });

  it('says in the log that requests come too late, once a minute and not for each', () => {
    const deadline = new RequestDeadline('sums');
    for (let n = 0; n < 50; n += 1) deadline.warn(lease(SENT + 9000, SENT), 5000, SENT);
    deadline.warn(lease(SENT + 9000, SENT + 61_000), 5000, SENT + 61_000);
    expect(warn.mock.calls.map(([, fields]) => fields)).toEqual([
      { queue: 'sums', ageMs: 9000, timeoutMs: 5000, count: 1 },
      { queue: 'sums', ageMs: 9000, timeoutMs: 5000, count: 50 },
    ]);
  });
});
