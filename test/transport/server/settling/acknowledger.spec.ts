import { describe, expect, it } from '@jest/globals';
import { refusal } from '../../../../src/transport/broker/refusal.js';
import { SlowestCall } from '../../../../src/transport/server/leases/slowest.call.js';
import { Acknowledger } from '../../../../src/transport/server/settling/acknowledger.js';
import { settledQueue, taken, VISIBILITY_MS } from '../settled-queue.js';

const cutOff = (): Error => Object.assign(new Error('cut off'), { code: 'ECONNRESET' });

describe('acknowledgements', () => {
  it('delete ten messages a call, each by its own receipt handle', async () => {
    const { acknowledger, take, ended, calls } = settledQueue();
    const leases = Array.from({ length: 12 }, (_, n) => take(`m${n}`));
    await ended(Promise.all(leases.map((lease) => acknowledger.ack(lease))));
    expect(calls.map(([action, ...handles]) => [action, handles.length])).toEqual([
      ['delete', 10],
      ['delete', 2],
    ]);
    expect(calls[1]).toEqual(['delete', 'm10', 'm11']);
  });

  it('of which one is too late delete the others, and fail for that one alone', async () => {
    const { acknowledger, take, ended, calls, clock } = settledQueue();
    const late = take('late');
    await clock.advance(VISIBILITY_MS - 1000);
    const acked = Promise.allSettled([
      acknowledger.ack(take('a')),
      acknowledger.ack(late),
      acknowledger.ack(take('b')),
    ]);
    expect(await ended(acked)).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'WEFT_SEND_FAILED', retryable: false } },
      { status: 'fulfilled' },
    ]);
    expect(calls).toEqual([['delete', 'a', 'b']]);
  });

  it('of which each is settled by its own entry, also where others were too late', async () => {
    const { acknowledger, take, ended, clock } = settledQueue({
      answer: (_call, handles) =>
        Promise.resolve(
          handles.map((handle) =>
            handle === 'b'
              ? { ok: false, retryable: false, error: refusal('ReceiptHandleIsInvalid') }
              : { ok: true },
          ),
        ),
    });
    const late = take('late');
    await clock.advance(VISIBILITY_MS - 1000);
    const acked = Promise.allSettled(
      [late, take('a'), take('b')].map((lease) => acknowledger.ack(lease)),
    );
    expect(await ended(acked)).toMatchObject([
      { status: 'rejected', reason: { message: expect.stringContaining('lease ran out') } },
      { status: 'fulfilled' },
      { status: 'rejected', reason: { details: { code: 'ReceiptHandleIsInvalid' } } },
    ]);
  });

  it('that are too late ask SQS for nothing, and are not tried again', async () => {
    const { acknowledger, take, ended, calls, clock } = settledQueue();
    const late = take('late');
    await clock.advance(VISIBILITY_MS);
    await expect(ended(acknowledger.ack(late))).rejects.toMatchObject({ retryable: false });
    expect(calls).toEqual([]);
  });

  it('whose call was cut off are tried again, five times in all', async () => {
    const { acknowledger, take, ended, calls } = settledQueue({
      answer: () => Promise.reject(cutOff()),
    });
    await expect(ended(acknowledger.ack(take('a')))).rejects.toThrow('cut off');
    expect(calls).toHaveLength(5);
  });

  it('that are refused as a whole are not tried again', async () => {
    const { acknowledger, take, ended, calls } = settledQueue({
      answer: () => Promise.reject(refusal('AccessDenied')),
    });
    await expect(ended(acknowledger.ack(take('a')))).rejects.toThrow('AccessDenied');
    expect(calls).toHaveLength(1);
  });

  it('of a message that was received again meanwhile delete it by its newer handle as well', async () => {
    const again = settledQueue({
      answer: (_call, handles) => {
        if (again.calls.length === 1) {
          const received = { MessageId: 'a', ReceiptHandle: 'newer', Attributes: {} };
          again.leases.take(received, again.clock.monotonicMs());
        }
        return Promise.resolve(taken(handles));
      },
    });
    await again.ended(again.acknowledger.ack(again.take('a')));
    expect(again.calls).toEqual([
      ['delete', 'a'],
      ['delete', 'newer'],
    ]);
  });

  it('that fail are told of as an outage, and so is that they work again', async () => {
    let fails = true;
    const { acknowledger, take, ended, told } = settledQueue({
      answer: (_call, handles) =>
        fails ? Promise.reject(cutOff()) : Promise.resolve(taken(handles)),
    });
    await expect(ended(acknowledger.ack(take('a')))).rejects.toThrow('cut off');
    expect(told).toEqual(['A call fails and is retried']);
    fails = false;
    await ended(acknowledger.ack(take('b')));
    expect(told).toEqual(['A call fails and is retried', 'A call works again']);
  });

  it('wait for company as long as their queue says, and leave at once when they are flushed', async () => {
    const { clock, take, calls, ended } = settledQueue();
    const outage = { succeeded: () => undefined, failed: () => undefined };
    const acknowledger = new Acknowledger({
      queue: {
        delete: (handles: readonly string[]) => {
          calls.push(['delete', ...handles]);
          return Promise.resolve(taken(handles));
        },
      } as never,
      lingerMs: 50,
      slowest: new SlowestCall(clock),
      clock,
      realTime: clock,
      outage: outage as never,
    });
    const first = acknowledger.ack(take('a'));
    await clock.advance(49);
    expect(calls).toEqual([]);
    const second = acknowledger.ack(take('b'));
    await clock.advance(1);
    await Promise.all([first, second]);
    expect(calls).toEqual([['delete', 'a', 'b']]);
    const third = acknowledger.ack(take('c'));
    await acknowledger.flush();
    await third;
    expect(calls).toHaveLength(2);
    await ended(acknowledger.flush());
  });

  it('keep four calls open at most', async () => {
    const { acknowledger, take, clock, calls } = settledQueue({
      answer: () => new Promise(() => undefined),
    });
    for (let n = 0; n < 60; n += 1) void acknowledger.ack(take(`m${n}`));
    await clock.advance(10);
    expect(calls).toHaveLength(4);
  });
});
