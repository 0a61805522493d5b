import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EmittedEvents } from '../../../src/transport/client/emitted-events.js';
import { FakeClock } from '../../../src/testing/index.js';
import { waitForCount } from '../../support/wait.js';

const MINUTE_MS = 60_000;

describe('events without a subscriber', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are logged a minute after the last line, though the clock was set back meanwhile', async () => {
    const logger = new Logger('test');
    const lines: unknown[] = [];
    jest.spyOn(logger, 'error').mockImplementation((line) => void lines.push(line));
    const clock = new FakeClock();
    const events = new EmittedEvents({ logger, clock, limit: 10, nameOf: String });
    events.add('order.placed', Promise.reject(new Error('refused')));
    await waitForCount('lines', () => lines, 1);
    clock.set(clock.now() - 10 * MINUTE_MS);
    await clock.advance(MINUTE_MS);
    events.add('order.placed', Promise.reject(new Error('refused')));
    await waitForCount('lines', () => lines, 2);
    expect(lines).toHaveLength(2);
  });
});
