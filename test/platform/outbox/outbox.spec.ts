import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { outboxEntry } from '../../../src/platform/outbox/index.js';
import { ClientClosedError, PermanentError } from '../../../src/transport/errors/index.js';
import { LEASE_MS, ORDERS, OutboxFixture } from './outbox.fixture.js';

describe('the outbox', () => {
  let fixture: OutboxFixture;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    fixture = new OutboxFixture();
  });
  afterEach(() => fixture.store.close());

  const goesThen = (id: string): Promise<unknown> =>
    fixture.orders.updateOne({ _id: id }, { $set: { outbox_then_delete: true } });

  it('publishes what was written with a document, and leaves nothing of it behind', async () => {
    await fixture.write('a', 'one', 'two');
    await fixture.write('b', 'three');
    await fixture.outbox.flush();
    expect(fixture.published.toSorted()).toEqual(['one', 'three', 'two']);
    expect(await fixture.order('a')).toEqual({ _id: 'a', n: 1, outbox: [] });
    await fixture.outbox.flush();
    expect(fixture.published).toHaveLength(3);
  });

  it('gives the same id at every attempt, and counts them', async () => {
    let failures = 2;
    fixture.publish = () => {
      if (failures-- > 0) throw new Error('down');
    };
    await fixture.write('a', fixture.note('one', { id: 'note-1' }));
    for (let pass = 0; pass < 3; pass++) {
      await fixture.outbox.flush();
      await fixture.clock.advance(3_600_000);
    }
    expect(fixture.published).toEqual(['one']);
    expect(fixture.contexts[0]).toMatchObject({ id: 'note-1', attempt: 3, documentId: 'a' });
  });

  it('publishes a document as soon as the process that wrote to it says so', async () => {
    fixture.outbox.onApplicationBootstrap();
    await fixture.write('a', 'one');
    fixture.outbox.wake(ORDERS, 'a');
    await fixture.outbox.beforeApplicationShutdown();
    expect(fixture.published).toEqual(['one']);
    await fixture.outbox.onApplicationShutdown();
  });

  it('finds by itself what another process has written', async () => {
    fixture.outbox.onApplicationBootstrap();
    await fixture.write('a', 'one');
    await fixture.clock.advance(1000);
    await fixture.outbox.flush();
    expect(fixture.published).toEqual(['one']);
    await fixture.outbox.onApplicationShutdown();
  });

  it('publishes more entries of a document than one claim takes', async () => {
    const notes = Array.from({ length: 450 }, (_, n) => String(n));
    await fixture.write('a', ...notes);
    await fixture.outbox.flush();
    expect(fixture.published).toEqual(notes);
  });

  it('publishes from more documents than are in flight at once', async () => {
    for (let n = 0; n < 200; n++) await fixture.write(`d${n}`, String(n));
    await fixture.outbox.flush();
    expect(fixture.published).toHaveLength(200);
  });

  describe('an entry that is due later', () => {
    it('is published then, and does not hold back those behind it', async () => {
      const dueAt = new Date(fixture.clock.now() + 60_000);
      await fixture.write('a', fixture.note('later', { dueAt }), 'now');
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['now']);
      await fixture.clock.advance(60_000);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['now', 'later']);
    });

    it('is cancelled by its id, once', async () => {
      const dueAt = new Date(fixture.clock.now() + 60_000);
      await fixture.write('a', fixture.note('later', { dueAt, id: 'x' }));
      expect({ cancelled: await fixture.outbox.cancel(ORDERS, 'a', 'x') }).toEqual({
        cancelled: true,
      });
      expect({ cancelled: await fixture.outbox.cancel(ORDERS, 'a', 'x') }).toEqual({
        cancelled: false,
      });
      await fixture.clock.advance(60_000);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual([]);
    });

    it('is not cancelled while it is being published', async () => {
      const going = Promise.withResolvers<void>();
      fixture.publish = () => going.promise;
      await fixture.write('a', fixture.note('one', { id: 'x' }));
      const flushed = fixture.outbox.flush();
      while ((await fixture.order('a'))?.outbox_lease === undefined) await Promise.resolve();
      expect({ cancelled: await fixture.outbox.cancel(ORDERS, 'a', 'x') }).toEqual({
        cancelled: false,
      });
      going.resolve();
      await flushed;
      expect(fixture.published).toEqual(['one']);
    });
  });

  describe('an entry that cannot be published', () => {
    it('holds back those of its key, and no others, until it is published', async () => {
      let down = true;
      fixture.publish = (data) => {
        if (down && data === 'one') throw new Error('down');
      };
      const [one, two] = [fixture.note('one', { key: 'k' }), fixture.note('two', { key: 'k' })];
      await fixture.write('a', one, two, fixture.note('other', { key: 'o' }));
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['other']);
      await fixture.write('a', fixture.note('three', { key: 'k' }));
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['other']);
      down = false;
      await fixture.clock.advance(1000);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['other', 'one', 'two', 'three']);
    });

    it('is not tried again before its back-off has passed, which grows', async () => {
      let attempts = 0;
      fixture.publish = () => {
        attempts++;
        throw new Error('down');
      };
      await fixture.write('a', 'one');
      const times: number[] = [];
      for (let second = 0; second < 40; second++) {
        const before = attempts;
        await fixture.outbox.flush();
        if (attempts > before) times.push(second);
        await fixture.clock.advance(1000);
      }
      expect(times.slice(0, 2)).toEqual([0, 1]);
      expect(times.length).toBeLessThan(10);
      const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
      expect(gaps.at(-1)).toBeGreaterThan(gaps[0] ?? 0);
    });

    it('is parked after its last attempt with the reason, and found and redriven there', async () => {
      fixture = new OutboxFixture({ maxAttempts: 3 });
      let down = true;
      fixture.publish = () => {
        if (down) throw new Error('AWS is away');
      };
      await fixture.write('a', fixture.note('one', { id: 'x' }), 'two');
      for (let attempt = 0; attempt < 3; attempt++) {
        await fixture.outbox.flush();
        await fixture.clock.advance(3_600_000);
      }
      expect(await fixture.outbox.parked(ORDERS)).toMatchObject([
        {
          id: 'x',
          collection: 'orders',
          documentId: 'a',
          attempts: 3,
          reason: 'Gave up after 3 attempts: Error: AWS is away',
        },
      ]);
      down = false;
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['two']);
      expect({ redriven: await fixture.outbox.redrive(ORDERS, 'a', 'x') }).toEqual({
        redriven: true,
      });
      expect({ redriven: await fixture.outbox.redrive(ORDERS, 'a', 'x') }).toEqual({
        redriven: false,
      });
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['two', 'one']);
      expect(await fixture.outbox.parked(ORDERS)).toEqual([]);
    });

    it('is parked at once when another attempt cannot help', async () => {
      fixture.publish = () => {
        throw new PermanentError('no such topic');
      };
      await fixture.write('a', 'one');
      await fixture.outbox.flush();
      expect(await fixture.outbox.parked(ORDERS)).toMatchObject([
        { attempts: 1, reason: 'PermanentError: no such topic' },
      ]);
    });

    it('because the process is closing is left to the next process, not parked', async () => {
      fixture.publish = () => {
        throw new ClientClosedError('The client is closed');
      };
      await fixture.write('a', 'one');
      await fixture.outbox.flush();
      expect(await fixture.outbox.parked(ORDERS)).toEqual([]);
      fixture.publish = () => undefined;
      await fixture.clock.advance(1000);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one']);
    });

    it('of a kind this process does not know waits for one that does', async () => {
      await fixture.write('a', outboxEntry('unknown', 1));
      await fixture.outbox.flush();
      expect((await fixture.order('a'))?.outbox).toMatchObject([
        { attempts: 1, error: 'Error: No handler publishes entries of kind "unknown"' },
      ]);
    });

    it('that takes too long is given up for this attempt', async () => {
      fixture.publish = (_data, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      await fixture.write('a', 'one');
      const flushed = fixture.outbox.flush();
      while (fixture.clock.timers < 2) await new Promise(setImmediate);
      await fixture.clock.advance(20_000);
      await flushed;
      expect((await fixture.order('a'))?.outbox).toMatchObject([{ attempts: 1 }]);
    });
  });

  describe('a document that goes with its last entry', () => {
    it('is deleted when the last of its entries is published, not before', async () => {
      await fixture.write('a', 'one', fixture.note('later', { dueAt: new Date(1_060_000) }));
      await goesThen('a');
      await fixture.outbox.flush();
      expect(await fixture.order('a')).toMatchObject({ outbox: [{ data: '"later"' }] });
      await fixture.clock.advance(60_000);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one', 'later']);
      expect(await fixture.order('a')).toBeNull();
    });

    it('stays while an entry fails or is parked, and goes when that one is redriven', async () => {
      let bad = true;
      fixture.publish = () => {
        if (bad) throw new PermanentError('no');
      };
      await fixture.write('a', fixture.note('one', { id: 'one' }));
      await goesThen('a');
      await fixture.outbox.flush();
      expect(await fixture.order('a')).toMatchObject({ outbox_parked: [{ id: 'one' }] });
      bad = false;
      await fixture.outbox.redrive(ORDERS, 'a', 'one');
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one']);
      expect(await fixture.order('a')).toBeNull();
    });

    it('waits for an entry that is written while the last one is being published', async () => {
      let written = false;
      fixture.publish = async () => {
        if (!written) await fixture.write('a', 'two');
        written = true;
      };
      await fixture.write('a', 'one');
      await goesThen('a');
      await fixture.outbox.flush();
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one', 'two']);
      expect(await fixture.order('a')).toBeNull();
    });

    it('is deleted by the relay that takes over from one whose process ended', async () => {
      await fixture.write('a', 'one');
      await fixture.orders.updateOne(
        { _id: 'a' },
        {
          $set: {
            outbox_then_delete: true,
            outbox_lease: { token: 'dead', owner: 'dead' },
            outbox_starts: 1,
          },
        },
      );
      await fixture.outbox.flush();
      await fixture.clock.advance(LEASE_MS);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one']);
      expect(await fixture.order('a')).toBeNull();
    });
  });

  it('reports how many entries are due, for how long, and how many are parked', async () => {
    fixture.publish = (data) => {
      if (data === 'bad') throw new PermanentError('no');
      throw new Error('down');
    };
    const dueAt = new Date(fixture.clock.now() + 3_600_000);
    await fixture.write('a', fixture.note('x', { dueAt: new Date(fixture.clock.now()) }));
    await fixture.write('b', 'bad');
    await fixture.write('c', fixture.note('later', { dueAt }));
    await fixture.outbox.flush();
    await fixture.clock.advance(5000);
    expect(await fixture.outbox.backlog()).toEqual([
      { collection: 'orders', due: 1, oldestAgeMs: 5000, parked: 1 },
    ]);
  });

  it.each([undefined, () => 1, 'x'.repeat(1_048_577)])(
    'refuses data that is no JSON or too large',
    (data) => {
      expect(() => outboxEntry('note', data)).toThrow(
        'An outbox entry of kind "note": data must be JSON',
      );
    },
  );

  describe('with another relay', () => {
    it('publishes each entry once, whoever claims it', async () => {
      const other = new OutboxFixture({ store: fixture.store, clock: fixture.clock });
      for (let n = 0; n < 40; n++) await fixture.write(`d${n}`, String(n));
      await Promise.all([fixture.outbox.flush(), other.outbox.flush()]);
      const all = [...fixture.published, ...other.published];
      expect(all).toHaveLength(40);
      expect(new Set(all).size).toBe(40);
    });

    it('leaves a document to a relay that renews its claim, however long that takes', async () => {
      const other = new OutboxFixture({
        store: fixture.store,
        clock: fixture.clock,
        publishTimeoutMs: 1_000_000,
      });
      const going = Promise.withResolvers<void>();
      other.publish = () => going.promise;
      await fixture.write('a', 'one');
      const flushed = other.outbox.flush();
      while ((await fixture.order('a'))?.outbox_lease === undefined)
        await new Promise(setImmediate);
      for (let lease = 0; lease < 5; lease++) {
        await fixture.outbox.flush();
        await fixture.clock.advance(LEASE_MS);
      }
      expect(fixture.published).toEqual([]);
      going.resolve();
      await flushed;
      expect(other.published).toEqual(['one']);
      expect((await fixture.order('a'))?.outbox).toEqual([]);
    });

    it('takes over a document whose relay has not renewed its claim for a whole lease', async () => {
      await fixture.write('a', 'one');
      await fixture.orders.updateOne(
        { _id: 'a' },
        { $set: { outbox_lease: { token: 'dead', owner: 'dead' }, outbox_starts: 1 } },
      );
      await fixture.outbox.flush();
      await fixture.clock.advance(LEASE_MS - 1);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual([]);
      await fixture.clock.advance(1);
      await fixture.outbox.flush();
      expect(fixture.published).toEqual(['one']);
      expect(await fixture.order('a')).toEqual({ _id: 'a', n: 1, outbox: [] });
    });

    it('parks the entry at which processes crash, and publishes the others', async () => {
      await fixture.write('a', 'one', 'deadly', 'three');
      for (let process = 0; process < 5; process++) {
        const mortal = new OutboxFixture({ store: fixture.store, clock: fixture.clock });
        const died = Promise.withResolvers<void>();
        mortal.publish = (data) => {
          if (data !== 'deadly') return undefined;
          died.resolve();
          mortal.kill();
          return new Promise(() => undefined);
        };
        // First it sees the claim of the one before, then that it does not change.
        await Promise.race([mortal.outbox.flush(), died.promise]);
        await fixture.clock.advance(LEASE_MS);
        await Promise.race([mortal.outbox.flush(), died.promise]);
        fixture.published.push(...mortal.published);
      }
      expect(await fixture.outbox.parked(ORDERS)).toMatchObject([
        { data: '"deadly"', reason: 'The process ended 3 times while publishing it' },
      ]);
      expect(new Set(fixture.published)).toEqual(new Set(['one', 'three']));
      expect((await fixture.order('a'))?.outbox).toEqual([]);
    });
  });
});
