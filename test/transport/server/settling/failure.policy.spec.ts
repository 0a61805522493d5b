import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  NotRunError,
  PermanentError,
  RetryableError,
  ValidationFailedError,
} from '../../../../src/transport/errors/index.js';
import { DeadLetterQueue } from '../../../../src/transport/server/settling/dead-letter.js';
import {
  FailurePolicy,
  type FailurePolicyDependencies,
} from '../../../../src/transport/server/settling/failure.policy.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { MemoryQueue } from '../../../../src/transport/broker/memory/memory.queue.js';
import { FakeClock } from '../../../../src/testing/index.js';
import { message } from '../../fake-sqs.js';

const lines: [text: unknown, fields: Readonly<Record<string, unknown>>][] = [];
const keep = (text: unknown, fields: Readonly<Record<string, unknown>>): void =>
  void lines.push([text, fields]);

beforeEach(() => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(keep);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(keep);
});
afterEach(() => {
  jest.restoreAllMocks();
  lines.splice(0);
});

const lease = new Lease(message('m', { ApproximateReceiveCount: '3' }), 'm', 'm-handle', 0, 30_000);

const deadLetters = (): DeadLetterQueue =>
  new DeadLetterQueue(new MemoryQueue({ clock: new FakeClock(0) }), 'jobs', false);

function policy(parts: Partial<FailurePolicyDependencies> = {}) {
  const told: unknown[] = [];
  const own = new FailurePolicy({
    queue: 'jobs',
    deadLetters: deadLetters(),
    onPermanentError: 'deadLetter',
    onFailure: undefined,
    observer: { failed: (facts) => void told.push(facts) },
    ...parts,
  });
  return {
    judge: (error: unknown, pattern?: string) => own.judge(lease, pattern, error),
    told,
    own,
  };
}

const never = new PermanentError('never');

describe('what follows from a failure', () => {
  it.each([
    ['an error of any class is retried', new Error('no'), {}, 'retry'],
    ['an error that says it is retryable is retried', new RetryableError('later'), {}, 'retry'],
    [
      'an error that says it is retryable is retried, whatever the queue does with permanent ones',
      new RetryableError('later'),
      { onPermanentError: 'discard' },
      'retry',
    ],
    ['a permanent error dead-letters', never, {}, 'deadLetter'],
    [
      'a payload that is refused dead-letters',
      new ValidationFailedError('job', []),
      {},
      'deadLetter',
    ],
    [
      'a permanent error is retried where there is no queue for dead letters',
      never,
      { deadLetters: undefined },
      'retry',
    ],
    [
      'a permanent error is discarded where its queue says so',
      never,
      { onPermanentError: 'discard' },
      'discard',
    ],
    [
      'a permanent error is discarded where its queue says so and has none for dead letters',
      never,
      { onPermanentError: 'discard', deadLetters: undefined },
      'discard',
    ],
    [
      'a permanent error is retried where its queue says so',
      never,
      { onPermanentError: 'retry' },
      'retry',
    ],
    [
      'a failure is skipped where its queue says so',
      new Error('no'),
      { onFailure: 'skip' },
      'deadLetter',
    ],
    [
      'a retryable failure is skipped where its queue says so',
      new RetryableError('no'),
      { onFailure: 'skip' },
      'deadLetter',
    ],
    [
      'a failure is not skipped where its queue holds it',
      new Error('no'),
      { onFailure: 'hold' },
      'retry',
    ],
    [
      'a failure is not skipped where there is no queue for dead letters',
      new Error('no'),
      { onFailure: 'skip', deadLetters: undefined },
      'retry',
    ],
    ['what was not run is not skipped', new NotRunError('not now'), { onFailure: 'skip' }, 'retry'],
  ] as const)('%s', (_what, error, parts, action) => {
    const { judge, told } = policy(parts);
    expect(judge(error, 'job.run')).toBe(action);
    expect(told).toEqual([{ queue: 'jobs', pattern: 'job.run', action, error, messageId: 'm' }]);
  });

  it.each([
    ['retry', 'Message failed and is retried'],
    ['deadLetter', 'Message failed and is dead-lettered'],
    ['discard', 'Message failed and is discarded'],
  ] as const)('is logged: %s as "%s"', (onPermanentError, text) => {
    policy({ onPermanentError }).judge(never, 'job.run');
    const fields = { queue: 'jobs', messageId: 'm', pattern: 'job.run', attempt: 3 };
    expect(lines).toEqual([
      [text, { ...fields, code: never.code, reason: 'PermanentError: never' }],
    ]);
  });

  it('is logged without a pattern for a message that could not be read', () => {
    policy().judge(never);
    expect(lines[0]?.[1]).toMatchObject({ queue: 'jobs', messageId: 'm', attempt: 3 });
    expect(lines[0]?.[1]).not.toHaveProperty('pattern');
  });

  it.each([
    ['a thousand characters of an error', new Error('x'.repeat(5000)), /^Error: x{993}$/],
    ['a thousand characters of what was thrown', 'y'.repeat(5000), /^'y{999}$/],
    [
      'what was thrown to a depth of one',
      { one: { two: { three: 3 } } },
      /^{ one: { two: \[Object\] } }$/,
    ],
    [
      'what was thrown on one line',
      Array.from({ length: 50 }, () => 'entry'),
      /^[^\n]*'entry', 'entry'[^\n]*$/,
    ],
  ])('is logged with %s', (_what, thrown, line) => {
    policy().judge(thrown);
    expect(lines[0]?.[1]['reason']).toMatch(line);
  });
});

describe('a message that is dead-lettered', () => {
  it('stays, and the log says why, when the dead-letter queue does not take it', async () => {
    const clock = new FakeClock(0);
    // A FIFO queue takes no message without a group.
    const fifo = new MemoryQueue({ clock, attributes: { FifoQueue: 'true' } });
    const refusing = new DeadLetterQueue(fifo, 'jobs', false);
    const copied = await policy({ deadLetters: refusing }).own.deadLetter(lease, never);
    expect({ copied }).toEqual({ copied: false });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.[1]['reason']).toContain('MissingParameter');
  });

  it('may go when the dead-letter queue has its copy', async () => {
    const copied = await policy().own.deadLetter(lease, never);
    expect({ copied, lines }).toEqual({ copied: true, lines: [] });
  });
});
