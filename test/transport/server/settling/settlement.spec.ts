import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PermanentError, RetryableError } from '../../../../src/transport/errors/index.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { systemClock } from '../../../../src/transport/clock.js';
import { message, SqsFault, takeAll } from '../../fake-sqs.js';
import { line, placeOf } from '../line.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

type Line = ReturnType<typeof line>;

function take({ leases }: Line, receiveCount = 1, nowMs = systemClock.monotonicMs()): Lease {
  const lease = leases.take(message('m', { ApproximateReceiveCount: String(receiveCount) }), nowMs);
  if (!lease) throw new Error('not taken');
  return lease;
}

/** A lease that SQS gave out so long ago that it has run out, unseen by any heartbeat. */
const takeExpired = (one: Line): Lease => take(one, 1, systemClock.monotonicMs() - 60_000);

describe('a message that is acknowledged', () => {
  it('is deleted, and reported as off the queue', async () => {
    const one = line();
    expect(await placeOf(one.settlement.ack(take(one)))).toBe('deleted');
    expect(one.calls).toMatchObject([
      { action: 'DeleteMessageBatch', input: { Entries: [{ ReceiptHandle: 'm-handle' }] } },
    ]);
    expect(one.told).toEqual(['acknowledged 1']);
    expect(one.leases.size).toBe(0);
  });

  it('is not deleted once its lease has run out, noticed or not', async () => {
    const one = line();
    const lease = takeExpired(one);
    expect(await placeOf(one.settlement.ack(lease))).toBe('on the queue');
    expect(one.actions()).toEqual([]);
    expect(one.told).toEqual(['lost']);
    expect(one.leases.size).toBe(0);
  });

  it('is reported as still on the queue when SQS does not delete it', async () => {
    const one = line({
      answer: () => ({ Failed: [{ Id: '0', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] }),
    });
    expect(await placeOf(one.settlement.ack(take(one)))).toBe('on the queue');
    expect(one.told).toEqual(['not deleted']);
    expect(one.leases.size).toBe(0);
  });

  it('is settled once only', async () => {
    const one = line();
    const lease = take(one);
    const both = await Promise.all([
      placeOf(one.settlement.ack(lease)),
      placeOf(one.settlement.ack(lease)),
    ]);
    expect(both).toEqual(['deleted', 'on the queue']);
    expect(one.actions()).toEqual(['DeleteMessageBatch']);
  });
});

describe('a message that failed', () => {
  it('is made visible again after its back-off', async () => {
    const one = line({ retry: { baseS: 10, capS: 25 } });
    expect(await placeOf(one.settlement.fail(take(one, 9), 'job.run', new Error('no')))).toBe(
      'on the queue',
    );
    const [{ action, input } = { action: '', input: {} }] = one.calls;
    expect(action).toBe('ChangeMessageVisibilityBatch');
    const [{ VisibilityTimeout: seconds }] = input['Entries'] as [{ VisibilityTimeout: number }];
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(25);
    expect(one.told).toEqual(['failed retry']);
    expect(one.leases.size).toBe(0);
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  it.each([
    [undefined],
    [null],
    ['text'],
    [10n],
    [Symbol('s')],
    [circular],
    [Object.create(null)],
    [() => 1],
  ])('is retried whatever was thrown: %p', async (thrown) => {
    const one = line();
    expect(await placeOf(one.settlement.fail(take(one), 'job.run', thrown))).toBe('on the queue');
    expect(one.actions()).toEqual(['ChangeMessageVisibilityBatch']);
    expect(one.leases.size).toBe(0);
  });

  it('for good is copied to the dead-letter queue, then deleted', async () => {
    const one = line();
    expect(
      await placeOf(one.settlement.fail(take(one), 'job.run', new PermanentError('never'))),
    ).toBe('deleted');
    expect(one.actions()).toEqual(['SendMessage', 'DeleteMessageBatch']);
    expect(one.told).toEqual(['failed deadLetter', 'acknowledged 1']);
  });

  it('is not deleted when its lease ran out while it was copied: it is somebody else’s, and copied again at most', async () => {
    let lease: Lease | undefined;
    const one = line({
      answer: (call) => {
        lease?.extend(systemClock.monotonicMs());
        return takeAll(call);
      },
    });
    lease = take(one);
    const failed = one.settlement.fail(lease, 'job.run', new PermanentError('never'));
    expect(await placeOf(failed)).toBe('on the queue');
    expect(one.actions()).toEqual(['SendMessage']);
    expect(one.leases.size).toBe(0);
  });

  it('for good stays on its queue when the dead-letter queue does not take it', async () => {
    const one = line({
      answer: (call) => {
        if (call.action === 'SendMessage') throw new SqsFault('AccessDeniedException', 403);
        return takeAll(call);
      },
    });
    expect(
      await placeOf(one.settlement.fail(take(one), 'job.run', new PermanentError('never'))),
    ).toBe('on the queue');
    expect(one.actions()).toEqual(['SendMessage', 'ChangeMessageVisibilityBatch']);
    expect(one.leases.size).toBe(0);
  });

  it('for good stays on its queue when there is no dead-letter queue, and counts as retried', async () => {
    const one = line({ deadLetters: false });
    expect(
      await placeOf(one.settlement.fail(take(one), 'job.run', new PermanentError('never'))),
    ).toBe('on the queue');
    expect(one.actions()).toEqual(['ChangeMessageVisibilityBatch']);
    expect(one.told).toEqual(['failed retry']);
  });

  it.each([
    ['discard', 'DeleteMessageBatch', 'deleted'],
    ['retry', 'ChangeMessageVisibilityBatch', 'on the queue'],
  ] as const)('for good meets what the policy says: %s', async (policy, action, place) => {
    const one = line({ onPermanentError: policy });
    const settled = one.settlement.fail(take(one), 'job.run', new PermanentError('never'));
    expect(await placeOf(settled)).toBe(place);
    expect(one.actions()).toEqual([action]);
    expect(one.told[0]).toBe(`failed ${policy}`);
  });

  it('is retried where its error says so, whatever the policy', async () => {
    const one = line({ onPermanentError: 'discard' });
    await one.settlement.fail(take(one), 'job.run', new RetryableError('later'));
    expect(one.actions()).toEqual(['ChangeMessageVisibilityBatch']);
  });

  it('is neither copied nor released once its lease has run out, as another consumer may have it', async () => {
    const one = line();
    expect(
      await placeOf(one.settlement.fail(takeExpired(one), 'job.run', new PermanentError('never'))),
    ).toBe('on the queue');
    expect(one.actions()).toEqual([]);
    expect(one.leases.size).toBe(0);
  });

  it('is redelivered after its visibility timeout when SQS does not answer', async () => {
    const one = line({
      answer: () => {
        throw new SqsFault('AccessDeniedException', 403);
      },
    });
    expect(await placeOf(one.settlement.fail(take(one), 'job.run', new Error('no')))).toBe(
      'on the queue',
    );
    expect(one.leases.size).toBe(0);
  });
});

describe('a message that was not started', () => {
  it('is released with visibility 0', async () => {
    const one = line();
    await one.settlement.release([take(one)]);
    expect(one.calls).toMatchObject([
      { input: { Entries: [{ ReceiptHandle: 'm-handle', VisibilityTimeout: 0 }] } },
    ]);
    expect(one.leases.size).toBe(0);
  });

  it('is not released any more when its lease has ended between two tries: it may be another’s', async () => {
    const one = line({
      visibilityMs: 200,
      answer: () => {
        throw new SqsFault('InternalFailure', 500);
      },
    });
    await one.settlement.release([take(one)]);
    // As many as a release is given while its lease goes on.
    expect(one.calls.length).toBeLessThan(25);
    expect(one.leases.size).toBe(0);
  });

  it('may not be started, and is forgotten, when its lease ran out meanwhile', () => {
    const one = line();
    expect({ startable: one.settlement.startable(takeExpired(one)) }).toEqual({ startable: false });
    expect(one.leases.size).toBe(0);
    expect({ startable: one.settlement.startable(take(one)) }).toEqual({ startable: true });
    expect(one.leases.size).toBe(1);
  });
});
