import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SendBufferFullError } from '../../../src/transport/errors/index.js';
import { SendBuffer } from '../../../src/transport/sender/send-buffer.js';

const LIMITS = { messages: 4, bytes: 100 };

describe('the buffer of messages to send', () => {
  it('never holds more than its limits, unless one message alone does, and lets in first come first served', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const buffer = new SendBuffer(LIMITS);
        const inside: number[] = [];
        const entered: number[] = [];
        const all = given.map(async (bytes, index) => {
          const wait = buffer.enter(bytes);
          if (wait) await wait;
          inside.push(bytes);
          entered.push(index);
          const total = inside.reduce((sum, one) => sum + one, 0);
          expect(inside.length).toBeLessThanOrEqual(LIMITS.messages);
          expect(total).toBeLessThanOrEqual(inside.length > 1 ? LIMITS.bytes : 130);
          await Promise.resolve();
          inside.splice(inside.indexOf(bytes), 1);
          buffer.leave(bytes);
        });
        await Promise.all(all);
        expect(entered).toEqual(given.map((_, index) => index));
      }),
    );
  });

  it('asks no message to wait while there is capacity', () => {
    const buffer = new SendBuffer(LIMITS);
    expect([buffer.enter(50), buffer.enter(50)]).toEqual([undefined, undefined]);
    expect(buffer.enter(1)).toBeInstanceOf(Promise);
  });

  it('has room again for as many bytes as have left, beside what is still within', () => {
    const buffer = new SendBuffer(LIMITS);
    expect([buffer.enter(50), buffer.enter(50)]).toEqual([undefined, undefined]);
    buffer.leave(50);
    expect(buffer.enter(50)).toBeUndefined();
    expect(buffer.enter(1)).toBeInstanceOf(Promise);
  });

  it('refuses what would wait outside beyond its limits, and takes more once it drained', async () => {
    const buffer = new SendBuffer({ messages: 1, bytes: 100 }, { messages: 2, bytes: 100 });
    expect(buffer.enter(60)).toBeUndefined();
    const waiting = [buffer.enter(60)];
    expect(() => buffer.enter(60)).toThrow(SendBufferFullError);
    waiting.push(buffer.enter(40));
    expect(() => buffer.enter(0)).toThrow('2 messages of 100 bytes wait to be sent');
    buffer.leave(60);
    await waiting[0];
    expect(buffer.enter(60)).toBeInstanceOf(Promise);
  });

  it('is full from the first message that it refuses until one has left', () => {
    const buffer = new SendBuffer({ messages: 1, bytes: 100 }, { messages: 1, bytes: 100 });
    for (const bytes of [60, 60]) void buffer.enter(bytes);
    expect({ isFull: buffer.isFull }).toEqual({ isFull: false });
    expect(() => buffer.enter(60)).toThrow(SendBufferFullError);
    expect({ isFull: buffer.isFull }).toEqual({ isFull: true });
    buffer.leave(60);
    expect({ isFull: buffer.isFull }).toEqual({ isFull: false });
  });

  it('lets one message wait however large it is', () => {
    const buffer = new SendBuffer({ messages: 1, bytes: 10 }, { messages: 2, bytes: 10 });
    expect(buffer.enter(1)).toBeUndefined();
    expect(buffer.enter(1000)).toBeInstanceOf(Promise);
  });
});
