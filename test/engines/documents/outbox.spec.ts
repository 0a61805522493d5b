import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { DelayedMessages } from '../../../src/platform/outbox/index.js';
import type { DelayedMessage } from '../../../src/transport/client/delayed-message.js';
import { PermanentError } from '../../../src/transport/errors/index.js';
import { LEASE_MS, ORDERS, OutboxFixture } from '../../platform/outbox/outbox.fixture.js';
import { addressOf } from '../engine.js';

const open = () =>
  new MongooseStore({
    uri: addressOf('mongo-java-server'),
    databaseName: `weft-outbox-${process.pid}-${randomUUID().slice(0, 8)}`,
  });

const message = (id: string): DelayedMessage => ({
  id,
  pattern: 'p',
  body: id,
  attributes: {},
});

describe('the outbox over MongoDB', () => {
  let fixture: OutboxFixture;

  beforeAll(() => {
    Logger.overrideLogger(false);
    fixture = new OutboxFixture({ store: open() });
  });
  afterAll(() => fixture.store.close());

  it('publishes in order, retries, parks and redrives', async () => {
    let down = true;
    fixture.publish = (data) => {
      if (data === 'bad') throw new PermanentError('no');
      if (down && data === 'one') throw new Error('down');
    };
    await fixture.write('a', 'one', 'two');
    await fixture.write('b', fixture.note('bad', { id: 'bad' }), 'good');
    await fixture.outbox.flush();
    expect(fixture.published).toEqual(['good']);
    down = false;
    await fixture.clock.advance(1000);
    await fixture.outbox.flush();
    expect(fixture.published).toEqual(['good', 'one', 'two']);
    expect(await fixture.outbox.parked(ORDERS)).toMatchObject([{ id: 'bad', documentId: 'b' }]);
    expect(await fixture.outbox.backlog()).toMatchObject([{ due: 0, parked: 1 }]);
    fixture.publish = () => undefined;
    expect({ redriven: await fixture.outbox.redrive(ORDERS, 'b', 'bad') }).toEqual({
      redriven: true,
    });
    await fixture.outbox.flush();
    expect(fixture.published.at(-1)).toBe('bad');
    expect(await fixture.order('a')).toEqual({ _id: 'a', n: 1, outbox: [] });
  });

  it('takes over a document whose relay has stopped renewing its claim', async () => {
    await fixture.write('c', 'left');
    await fixture.orders.updateOne(
      { _id: 'c' },
      { $set: { outbox_lease: { token: 'dead', owner: 'dead' }, outbox_starts: 1 } },
    );
    await fixture.outbox.flush();
    await fixture.clock.advance(LEASE_MS);
    await fixture.outbox.flush();
    expect(fixture.published.at(-1)).toBe('left');
  });

  it('deletes a document with its last entry, if nothing was written meanwhile', async () => {
    let written = false;
    fixture.publish = async () => {
      if (!written) await fixture.write('d', 'second');
      written = true;
    };
    await fixture.write('d', 'first');
    await fixture.orders.updateOne({ _id: 'd' }, { $set: { outbox_then_delete: true } });
    await fixture.outbox.flush();
    await fixture.outbox.flush();
    expect(fixture.published.slice(-2)).toEqual(['first', 'second']);
    expect(await fixture.order('d')).toBeNull();
  });

  it('keeps delayed messages until they are due, or cancelled by their id', async () => {
    const { outbox, store, clock } = fixture;
    const delayed = new DelayedMessages(store, outbox);
    const sent: string[] = [];
    delayed.onDue(({ body }) => Promise.resolve(void sent.push(body)));
    const dueAt = new Date(clock.now() + 3_600_000);
    for (const id of ['one', 'two']) await delayed.keep(message(id), dueAt);
    await delayed.keep(message('one'), dueAt);
    expect({ cancelled: await delayed.cancel('two') }).toEqual({ cancelled: true });
    expect({ cancelled: await delayed.cancel('two') }).toEqual({ cancelled: false });
    await outbox.flush();
    expect(sent).toEqual([]);
    await clock.advance(3_600_000);
    await outbox.flush();
    expect(sent).toEqual(['one']);
    expect({ cancelled: await delayed.cancel('one') }).toEqual({ cancelled: false });
  });
});
