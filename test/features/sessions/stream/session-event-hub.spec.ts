import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';
import {
  DEFAULT_STREAM_OPTIONS,
  type SessionStreamOptions,
} from '../../../../src/features/sessions/sessions.options.js';
import type { AnnouncedChange } from '../../../../src/features/sessions/index.js';
import type { SessionDocument } from '../../../../src/features/sessions/session.document.js';
import { SessionsRepository } from '../../../../src/features/sessions/sessions.repository.js';
import type { DocumentCollection } from '../../../../src/platform/persistence/index.js';
import { SESSIONS_COLLECTION } from '../../../../src/features/sessions/session.document.js';
import { Outbox } from '../../../../src/platform/outbox/index.js';
import { EventStream } from '../../../../src/features/sessions/stream/event-stream.js';
import { SessionEventHub } from '../../../../src/features/sessions/stream/session-event-hub.js';
import { waitFor, waitForCount } from '../../../support/wait.js';
import { newStore } from '../sessions.fixture.js';

/** What one client of the stream has received so far. */
class Client {
  text = '';
  ended = false;

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('close', () => (this.ended = true));
    response.on('error', () => (this.ended = true));
  }

  get data(): unknown[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
  }

  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
  }
}

/** A reader is told from a quick one when the kernel's buffers are full: after some megabytes of changes, each of which is stored. */

describe('SessionEventHub', () => {
  let server: Server;
  let hub: SessionEventHub;
  let documents: DocumentCollection<SessionDocument>;

  const start = async (options: Partial<SessionStreamOptions> = {}): Promise<void> => {
    const all = { ...DEFAULT_STREAM_OPTIONS, ...options };
    const store = await newStore();
    documents = store.collection(SESSIONS_COLLECTION);
    for (const id of ['a', 'b', 'c']) {
      const session: Pick<SessionDocument, '_id' | 'sequence' | 'changes' | 'revision'> = {
        _id: id,
        sequence: 0,
        changes: [],
        revision: 0,
      };
      // What the hub reads of a session is there.
      await documents.insert(session as unknown as SessionDocument);
    }
    hub = new SessionEventHub(
      new SessionsRepository(store, new Outbox(store), { expiry: {} }),
      all,
    );
    server.on('request', (request, response) => {
      const lastEventId = request.headers['last-event-id'];
      try {
        hub.listen(
          (request.url ?? '').slice(1),
          new EventStream(response, all.maxBufferedBytes),
          lastEventId === undefined ? undefined : Number(lastEventId),
        );
      } catch {
        response.writeHead(503).end();
      }
    });
  };

  const connect = async (sessionId: string, lastEventId?: string): Promise<Client> => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const request = get({ port, host: '127.0.0.1', path: `/${sessionId}`, headers, agent: false });
    const [response] = await once(request, 'response');
    return new Client(response);
  };

  /** Writes a change as the service does, which keeps the last 100; whether its broadcast arrives is another matter. */
  const write = async (sessionId: string, metadata: Record<string, unknown>, kept = 100) => {
    const { sequence = 0, changes = [] } = (await documents.findOne({ _id: sessionId })) ?? {};
    const change: AnnouncedChange = {
      sequence: sequence + 1,
      operation: 'update',
      metadata,
      timestamp: 'now',
    };
    await documents.updateOne(
      { _id: sessionId },
      { $set: { sequence: change.sequence, changes: [...changes, change].slice(-kept) } },
    );
    return change;
  };

  const publish = async (sessionId: string, metadata: Record<string, unknown>): Promise<void> =>
    hub.publish(sessionId, await write(sessionId, metadata));

  /** Four changes of 60 kB, few of which are kept: all of them again for each one would take seconds. */
  const publishMuch = async (sessionId: string): Promise<void> => {
    const text = 'x'.repeat(60_000);
    for (let n = 0; n < 4; n += 1) hub.publish(sessionId, await write(sessionId, { text }, 4));
  };

  /** A reader that has caught up with its session. */
  const watching = async (sessionId: string): Promise<Client> => {
    const client = await connect(sessionId);
    let marker = 0;
    // What is published before the hub has read where the session stands is past for its reader; over MongoDB that takes a while.
    await waitFor('a marker that is not past', async () => {
      marker += 1;
      await publish(sessionId, { marker });
      const last = `"marker":${marker}}`;
      return waitFor(`marker ${marker}`, () => client.text.includes(last), { timeoutMs: 500 });
    });
    client.text = '';
    return client;
  };

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    hub.onModuleDestroy();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  it('sends each change to those who watch its session, as one line of JSON', async () => {
    await start();
    const [one, two, other] = [await watching('a'), await watching('a'), await watching('b')];
    one.text = '';
    await publish('a', { status: 'two\nlines\r\n', deep: { list: [1, null] } });
    await publish('b', { status: 'b' });
    const expected = {
      type: 'metadata_update',
      data: { status: 'two\nlines\r\n', deep: { list: [1, null] } },
    };
    await waitFor(
      'three changes over all readers',
      () => one.data.length + two.data.length + other.data.length === 3,
    );
    expect(one.data).toEqual([expected]);
    expect(two.data).toEqual([expected]);
    expect(other.data).toEqual([{ type: 'metadata_update', data: { status: 'b' } }]);
    expect(one.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('numbers changes as the session does, and sends a reader that comes back what it missed', async () => {
    await start();
    await publish('a', { n: 1 });
    await publish('a', { n: 2 });
    await publish('b', { n: 'of another' });
    await write('a', { n: 3 });
    const reader = await connect('a', '1');
    await waitForCount('changes', () => reader.ids, 2);
    await publish('a', { n: 4 });
    await waitForCount('changes', () => reader.ids, 3);
    expect(reader.ids).toEqual(['2', '3', '4']);
    expect(reader.data).toEqual([2, 3, 4].map((n) => ({ type: 'metadata_update', data: { n } })));
  });

  it('sends what is kept to a reader whose number is of a session that was there before', async () => {
    await start();
    await publish('a', { n: 1 });
    const reader = await connect('a', '57');
    await waitForCount('changes', () => reader.ids, 1);
    expect(reader.ids).toEqual(['1']);
  });

  it('sends nothing old to a reader that asks for nothing', async () => {
    await start();
    await publish('a', { n: 1 });
    const reader = await watching('a');
    await publish('a', { n: 3 });
    await waitForCount('changes', () => reader.ids, 1);
    expect(reader.ids).toEqual(['3']);
  });

  it('sends a change that arrives twice once, and one that arrives late not at all', async () => {
    await start();
    const reader = await watching('a');
    const [first, second] = [await write('a', { n: 1 }), await write('a', { n: 2 })];
    for (const change of [first, first, second, first]) hub.publish('a', change);
    await publish('a', { n: 3 });
    await waitForCount('changes', () => reader.ids, 3);
    expect(reader.ids).toEqual(['2', '3', '4']);
  });

  it('finds a change whose broadcast was lost in the session, when the next arrives', async () => {
    await start();
    const reader = await watching('a');
    await write('a', { n: 'lost' });
    await publish('a', { n: 'heard' });
    await waitForCount('changes', () => reader.ids, 2);
    expect(reader.data).toMatchObject([{ data: { n: 'lost' } }, { data: { n: 'heard' } }]);
  });

  it('finds a change whose broadcast was lost by itself, when no other arrives', async () => {
    await start({ refreshMs: 20 });
    const reader = await watching('a');
    await write('a', { n: 'lost' });
    await waitForCount('changes', () => reader.ids, 1);
    expect(reader.data).toMatchObject([{ data: { n: 'lost' } }]);
  });

  it('writes a comment line from time to time', async () => {
    await start({ heartbeatMs: 10 });
    const reader = await connect('a');
    await waitFor(
      'three comments that keep the connection alive',
      () => (reader.text.match(/^:/gm) ?? []).length >= 3,
    );
    expect(reader.data).toEqual([]);
  });

  it('sends more than a reader may leave waiting, when that is what it missed', async () => {
    await start({ maxBufferedBytes: 64 * 1024 });
    const text = 'x'.repeat(60_000);
    for (let n = 0; n < 60; n++) await write('a', { n, text });
    const reader = await connect('a', '0');
    await waitForCount('changes', () => reader.ids, 60);
    expect(reader.ids.at(-1)).toBe('60');
  });

  it('cuts off a reader that does not read, which can come back, and serves the others', async () => {
    await start({ maxBufferedBytes: 256 * 1024 });
    const slow = await watching('a');
    slow.response.pause();
    const quick = await watching('a');
    await waitFor('the reader that does not read to be cut off', async () => {
      await publishMuch('a');
      return hub.listeners === 1;
    });
    await publish('a', { last: true });
    await waitFor('the last change', () => quick.text.includes('"last":true'));
    const sequences = quick.ids.map(Number);
    expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0) + index));
  });

  it('cuts off a reader that takes nothing from one heartbeat to the next', async () => {
    await start({ heartbeatMs: 50, maxBufferedBytes: Number.MAX_SAFE_INTEGER });
    const slow = await watching('a');
    slow.response.pause();
    await waitFor('the reader that takes nothing to be cut off', async () => {
      await publishMuch('a');
      return hub.listeners === 0;
    });
    expect(hub.listeners).toBe(0);
  });

  it('opens no more streams than it may, and more once some are gone', async () => {
    await start({ maxListeners: 3, maxListenersPerSession: 2 });
    const first = await connect('a');
    await connect('a');
    expect(() => hub.requireCapacity('a')).toThrow(ServiceUnavailableException);
    expect((await connect('a')).response.statusCode).toBe(503);
    expect((await connect('b')).response.statusCode).toBe(200);
    expect((await connect('c')).response.statusCode).toBe(503);
    first.response.destroy();
    await waitFor('two readers to be connected', () => hub.listeners, {
      until: (listeners) => listeners === 2,
    });
    expect((await connect('a')).response.statusCode).toBe(200);
  });

  it('ends the streams of a deleted session alone', async () => {
    await start();
    const [reader, other] = [await watching('a'), await watching('b')];
    hub.endSession('a');
    await waitFor('the stream to end', () => reader.ended);
    expect({ ended: other.ended }).toEqual({ ended: false });
  });

  it('ends all streams on shutdown, so that the server can close, and takes no more', async () => {
    await start();
    const reader = await watching('a');
    hub.onModuleDestroy();
    await waitFor('the stream to end', () => reader.ended);
    expect(hub.listeners).toBe(0);
    expect((await connect('a')).response.statusCode).toBe(503);
  });
});
