import { describe, expect, it } from '@jest/globals';
import {
  currentCorrelationId,
  runInMessageScope,
  whenMessageEnds,
} from '../../src/transport/message-scope.js';

describe('the scope of a message', () => {
  it('calls back once when the handler has ended, also when it fails', async () => {
    const told: string[] = [];
    const work = runInMessageScope({ correlationId: 'c' }, async () => {
      await Promise.resolve();
      expect({ accepted: whenMessageEnds(() => void told.push('first')) }).toEqual({
        accepted: true,
      });
      expect({ accepted: whenMessageEnds(() => void told.push('second')) }).toEqual({
        accepted: true,
      });
      expect(currentCorrelationId()).toBe('c');
      await Promise.resolve();
      expect(told).toEqual([]);
      throw new Error('the handler failed');
    });
    await expect(work).rejects.toThrow('the handler failed');
    expect(told).toEqual(['first', 'second']);
  });

  it('calls nothing back outside of a message', () => {
    expect({ accepted: whenMessageEnds(() => undefined) }).toEqual({ accepted: false });
  });
});
