import { describe, expect, it } from '@jest/globals';
import type { WritePacket } from '@nestjs/microservices';
import * as fc from 'fast-check';
import { PendingRequest } from '../../../src/transport/client/pending-request.js';
import { failureReply, type ReplyPart } from '../../../src/transport/codec/reply.codec.js';
import { InvalidMessageError, RequestFailedError } from '../../../src/transport/errors/index.js';

/** The parts of an answer as the server numbers them: the last one carries the last value and the count. */
const answer = (values: readonly unknown[], error?: object): ReplyPart[] => {
  const parts: ReplyPart[] = values.map((response, sequence) => ({
    requestId: 'r',
    sequence,
    response,
  }));
  if (error)
    return [
      ...parts,
      { requestId: 'r', sequence: values.length, err: error, total: values.length + 1 },
    ];
  const last = parts.at(-1);
  return last
    ? [...parts.slice(0, -1), { ...last, total: values.length }]
    : [{ requestId: 'r', sequence: 0, total: 0 }];
};

function request(timeoutMs = 1000) {
  const packets: WritePacket[] = [];
  const waiting = new PendingRequest(timeoutMs, 0, (packet) => void packets.push(packet));
  const take = (part: ReplyPart, nowMs = 0): boolean => waiting.take(part, nowMs);
  return { packets, pending: { take, fail: (error: Error) => waiting.fail(error) }, waiting };
}

const json = fc.jsonValue({ maxDepth: 1 });

describe('a pending request', () => {
  it('hands every value on once and in order, whatever the order of the parts and however often they come', () => {
    const scenario = fc
      .tuple(fc.array(json, { maxLength: 12 }), fc.boolean())
      .chain(([values, fails]) => {
        const parts = answer(values, fails ? { message: 'no' } : undefined);
        const again = fc.subarray(parts);
        return fc.tuple(
          fc.constant({ values, fails }),
          again.chain((twice) =>
            fc.shuffledSubarray([...parts, ...twice], { minLength: parts.length + twice.length }),
          ),
        );
      });
    fc.assert(
      fc.property(scenario, ([{ values, fails }, parts]) => {
        const { packets, pending } = request();
        const done = parts.map((part) => pending.take(part));
        expect(
          packets.filter((packet) => 'response' in packet).map((p) => p.response as unknown),
        ).toEqual(values);
        expect(packets.at(-1)).toMatchObject(
          fails ? { err: { message: 'no' } } : { isDisposed: true },
        );
        expect(
          packets.filter(({ err, isDisposed }) => err !== undefined || isDisposed),
        ).toHaveLength(1);
        expect(done.filter(Boolean)).toHaveLength(1);
      }),
    );
  });

  it('is not complete before its last part has come', () => {
    const { packets, pending } = request();
    const [first, second, third] = answer(['a', 'b', 'c']) as [ReplyPart, ReplyPart, ReplyPart];
    expect([pending.take(third), pending.take(first)]).toEqual([false, false]);
    expect(packets).toEqual([{ response: 'a', isDisposed: false }]);
    expect({ complete: pending.take(second) }).toEqual({ complete: true });
    expect(packets.slice(1)).toEqual([
      { response: 'b', isDisposed: false },
      { response: 'c', isDisposed: true },
    ]);
  });

  it('hands null on as a value', () => {
    const { packets, pending } = request();
    expect({
      complete: pending.take({ requestId: 'r', sequence: 0, response: null, total: 1 }),
    }).toEqual({ complete: true });
    expect(packets).toEqual([{ response: null, isDisposed: true }]);
  });

  it('completes without a value when there is none', () => {
    const { packets, pending } = request();
    expect({ complete: pending.take({ requestId: 'r', sequence: 0, total: 0 }) }).toEqual({
      complete: true,
    });
    expect(packets).toEqual([{ isDisposed: true }]);
  });

  it('fails with the error that it is failed with', () => {
    const { packets, pending } = request();
    const error = new Error('closed');
    pending.fail(error);
    expect(packets).toEqual([{ err: error }]);
  });

  it('waits its whole time again after each part that comes', () => {
    const { pending, waiting } = request(1000);
    const [first, second] = answer(['a', 'b', 'c']) as [ReplyPart, ReplyPart];
    expect(waiting.expiresAtMs).toBe(1000);
    pending.take(first, 900);
    expect(waiting.expiresAtMs).toBe(1900);
    pending.take(first, 1500);
    expect(waiting.expiresAtMs).toBe(1900);
    pending.take(second, 1800);
    expect(waiting.expiresAtMs).toBe(2800);
  });

  it('fails with the reason when the server says that there is no answer', () => {
    const { packets, pending } = request();
    const failure = { code: 'WEFT_UNKNOWN_PATTERN', message: 'No handler takes "sum"' };
    expect({ complete: pending.take(failureReply('r', failure)) }).toEqual({ complete: true });
    expect(packets).toEqual([{ err: expect.any(RequestFailedError) }]);
    expect(packets[0]?.err).toMatchObject({
      code: 'WEFT_REQUEST_FAILED',
      message: 'No handler takes "sum"',
      details: { reason: 'WEFT_UNKNOWN_PATTERN' },
    });
  });

  it('fails when more parts come than a queue can have reordered', () => {
    const { packets, pending } = request();
    const ended = Array.from({ length: 10_001 }, (_, n) =>
      pending.take({ requestId: 'r', sequence: n + 1, response: n }),
    );
    expect(ended.indexOf(true)).toBe(10_000);
    expect(packets).toEqual([{ err: expect.any(InvalidMessageError) }]);
  });
});

describe('an answer whose parts contradict each other', () => {
  it('ends once', () => {
    const { packets, pending } = request();
    const parts: ReplyPart[] = [
      { requestId: 'r', sequence: 1, err: {}, total: 2 },
      { requestId: 'r', sequence: 0, total: 0 },
    ];
    expect(parts.map((part) => pending.take(part, 0))).toEqual([false, true]);
    expect(packets).toEqual([{ isDisposed: true }]);
  });
});

it.each([
  [600, 250],
  [6000, 1000],
  [60_000, 10_000],
  [600_000, 10_000],
])(
  'a request of %i ms without an answer is overdue after %i ms, and again after each part',
  (timeoutMs, overdueMs) => {
    const { waiting } = request(timeoutMs);
    expect([waiting.isOverdue(overdueMs - 1), waiting.isOverdue(overdueMs)]).toEqual([false, true]);
    waiting.take({ requestId: 'r', sequence: 0, response: 1 }, 100);
    expect([waiting.isOverdue(overdueMs + 99), waiting.isOverdue(overdueMs + 100)]).toEqual([
      false,
      true,
    ]);
  },
);
