import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemTime } from '../../../src/platform/outbox/outbox.time.js';
import { FakeClock } from '../../../src/testing/index.js';
import { passesByItself, systemClock } from '../../../src/transport/clock.js';
import { waitForCount } from '../../support/wait.js';
import { ORDERS, OutboxFixture } from './outbox.fixture.js';

/** More than a relay waits for what it has started, and less than one publication may take. */
const LONGER_THAN_CLOSING_MS = 15_000;

describe('an outbox that closes while publications hang', () => {
  let fixture: OutboxFixture;
  let begun: string[];
  let end: () => void;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    const clock = new FakeClock(1_000_000);
    passesByItself(clock);
    fixture = new OutboxFixture({ clock, time: { clock, monotonicMs: () => clock.monotonicMs() } });
    begun = [];
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    end = resolve;
    fixture.publish = (data) => {
      begun.push(data);
      return ended;
    };
    fixture.outbox.onApplicationBootstrap();
  });
  afterEach(() => fixture.store.close());

  /** Closes, and lets the publications end afterwards. */
  async function close(): Promise<void> {
    const closed = fixture.outbox.onApplicationShutdown();
    await fixture.clock.advance(LONGER_THAN_CLOSING_MS);
    await closed;
    end();
    await fixture.clock.advance(LONGER_THAN_CLOSING_MS);
  }

  /** What the next process publishes. */
  async function nextProcess(): Promise<OutboxFixture> {
    const next = new OutboxFixture({ store: fixture.store, clock: fixture.clock });
    await next.outbox.flush();
    return next;
  }

  it('begins no entry behind the one that hung, once it has closed', async () => {
    await fixture.write('a', 'one', 'two', 'three');
    fixture.outbox.wake(ORDERS, 'a');
    await waitForCount('publications', () => begun, 1);
    await close();
    expect(begun).toEqual(['one']);
  });

  it('begins no document that waited for a free slot, once it has closed', async () => {
    for (let n = 0; n < 64; n++) {
      await fixture.write(`a${n}`, 'woken');
      fixture.outbox.wake(ORDERS, `a${n}`);
    }
    await waitForCount('publications', () => begun, 64);
    await fixture.write('b', 'found');
    const passed = fixture.outbox.flush();
    await close();
    await passed;
    expect(begun).not.toContain('found');
  });

  it('leaves what hung to the next process, which publishes it at once and with its own attempts', async () => {
    await fixture.write('a', 'one', 'two');
    fixture.outbox.wake(ORDERS, 'a');
    await waitForCount('publications', () => begun, 1);
    await close();
    const next = await nextProcess();
    expect(next.published).toEqual(['one', 'two']);
    expect(next.contexts.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('does not count as a process that ended while it published, however often', async () => {
    await fixture.write('a', 'one');
    for (let restarts = 0; restarts < 5; restarts++) {
      const { outbox } = fixture;
      outbox.onApplicationBootstrap();
      outbox.wake(ORDERS, 'a');
      await waitForCount('publications', () => begun, restarts + 1);
      const closed = outbox.onApplicationShutdown();
      await fixture.clock.advance(LONGER_THAN_CLOSING_MS);
      await closed;
      const { clock, store, publish } = fixture;
      fixture = new OutboxFixture({
        store,
        clock,
        time: { clock, monotonicMs: () => clock.monotonicMs() },
      });
      fixture.publish = publish;
    }
    expect(await fixture.order('a')).toMatchObject({ outbox: [{ starts: 0, attempts: 0 }] });
  });
});

describe('the time of an outbox', () => {
  it('is that of the transport, which counts on while the machine sleeps', () => {
    const slept = jest.spyOn(systemClock, 'monotonicMs').mockReturnValue(86_400_000);
    try {
      expect(systemTime.monotonicMs()).toBe(86_400_000);
    } finally {
      slept.mockRestore();
    }
  });
});
