import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SendFailedError } from '../../../src/transport/errors/index.js';
import { observing } from '../../../src/transport/observing/observing.js';
import { watchCalls } from '../../../src/transport/observing/watch-calls.js';
import type { CallResult, TransportFacts } from '../../../src/transport/transport.observer.js';

const HOOK_FAILED = 'A hook failed; its further failures are not logged';

const said: unknown[] = [];
beforeEach(() => {
  jest
    .spyOn(Logger.prototype, 'error')
    .mockImplementation((...line: unknown[]) => void said.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  said.splice(0);
});

describe('without a meter provider and without an observer', () => {
  it('the transport reports nothing', () => {
    expect(observing(undefined)).toEqual({});
  });
});

/** An observer may be written so, though its type says void. */
const rejecting = (): unknown => Promise.reject(new Error('no such host'));

describe('an observer', () => {
  it('is called with what it listens to, and nothing else is computed for it', () => {
    class Counting {
      acks = 0;
      acknowledged({ messages }: TransportFacts['acknowledged']): void {
        this.acks += messages;
      }
    }
    const counting = new Counting();
    const { observer = {} } = observing(counting);
    observer.acknowledged?.({ queue: 'jobs', messages: 3 });
    expect(counting.acks).toBe(3);
    expect(Object.keys(observer)).toEqual(['acknowledged']);
  });

  it('that throws or rejects breaks nothing, and is logged once', async () => {
    const { observer } = observing({
      received: () => {
        throw new Error('no such series');
      },
      leaseLost: rejecting,
    });
    for (let n = 0; n < 3; n += 1) {
      observer?.received?.({ queue: 'jobs', messages: 1 });
      observer?.leaseLost?.({ queue: 'jobs' });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(said).toEqual([
      [HOOK_FAILED, { hook: 'received', reason: 'Error: no such series' }],
      [HOOK_FAILED, { hook: 'leaseLost', reason: 'Error: no such host' }],
    ]);
  });
});

describe('a watched call', () => {
  const facts = { operation: 'send', system: 'aws_sqs', destination: 'jobs' } as const;
  const results: CallResult[] = [];
  const watched = watchCalls({ called: (result) => void results.push(result) }, facts);
  afterEach(() => void results.splice(0));

  it('reports each refused entry by its code', async () => {
    const error = new SendFailedError('too large', { details: { code: 'InvalidMessageContents' } });
    await watched(() => Promise.resolve([{ ok: true }, { ok: false, retryable: false, error }]));
    expect(results).toEqual([
      {
        call: facts,
        durationMs: expect.any(Number),
        messages: 2,
        failures: ['InvalidMessageContents'],
      },
    ]);
  });

  it('that fails as a whole reports the class of its error, and still fails', async () => {
    await expect(watched(() => Promise.reject(new TypeError('no host')))).rejects.toThrow(
      'no host',
    );
    expect(results).toMatchObject([{ messages: 0, failures: [], error: 'TypeError' }]);
  });
});
