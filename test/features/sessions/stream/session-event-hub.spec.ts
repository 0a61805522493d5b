import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';
import {
  DEFAULT_STREAM_OPTIONS,
  type SessionStreamOptions,
} from '../../../../src/features/sessions/sessions.options.js';
import { EventStream } from '../../../../src/features/sessions/stream/event-stream.js';
import { SessionEventHub } from '../../../../src/features/sessions/stream/session-event-hub.js';
import { waitFor } from '../../../support/wait.js';

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

describe('SessionEventHub', () => {
  let server: Server;
  let hub: SessionEventHub;
  let sequence = 0;

  const start = (options: Partial<SessionStreamOptions> = {}): void => {
    const all = { ...DEFAULT_STREAM_OPTIONS, ...options };
    hub = new SessionEventHub(all);
    server.on('request', (request, response) => {
      const lastEventId = request.headers['last-event-id'];
      try {
        hub.listen(
          (request.url ?? '').slice(1),
          new EventStream(response, all.maxBufferedBytes),
          typeof lastEventId === 'string' ? lastEventId : undefined,
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

  const publish = (sessionId: string, metadata: Record<string, unknown>): void =>
    hub.publish({ sessionId, metadata, timestamp: 'now', sequence: ++sequence });

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

  it('sends each event to those who listen to its session, as one line of JSON', async () => {
    start();
    const [one, two, other] = [await connect('a'), await connect('a'), await connect('b')];
    publish('a', { status: 'two\nlines\r\n', deep: { list: [1, null] } });
    publish('b', { status: 'b' });
    const expected = {
      type: 'metadata_update',
      data: { status: 'two\nlines\r\n', deep: { list: [1, null] } },
    };
    await waitFor(() => one.data.length + two.data.length + other.data.length === 3);
    expect(one.data).toEqual([expected]);
    expect(two.data).toEqual([expected]);
    expect(other.data).toEqual([{ type: 'metadata_update', data: { status: 'b' } }]);
    expect(one.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('sends a client that comes back what it missed, and nothing twice', async () => {
    start();
    const first = await connect('a');
    publish('a', { n: 1 });
    await waitFor(() => first.ids.length === 1);
    first.response.destroy();
    publish('a', { n: 2 });
    publish('b', { n: 'of another' });
    publish('a', { n: 3 });
    const second = await connect('a', first.ids[0]);
    publish('a', { n: 4 });
    await waitFor(() => second.data.length === 3);
    expect(second.data).toEqual([2, 3, 4].map((n) => ({ type: 'metadata_update', data: { n } })));
  });

  it.each(['00000000-1', 'no id of ours', '-1', '9'.repeat(500)])(
    'sends everything known after the unknown id %j',
    async (id) => {
      start();
      publish('a', { n: 1 });
      publish('a', { n: 2 });
      const client = await connect('a', id);
      await waitFor(() => client.data.length === 2);
      expect(client.ids[1]).toMatch(/^[0-9a-f]{8}-2$/);
    },
  );

  it('sends nothing old to a client that asks for nothing', async () => {
    start();
    publish('a', { n: 1 });
    const client = await connect('a');
    publish('a', { n: 2 });
    await waitFor(() => client.data.length === 1);
    expect(client.text).not.toContain('"n":1');
  });

  it('sends a message that SQS delivers twice once', async () => {
    start();
    const client = await connect('a');
    const event = { sessionId: 'a', metadata: { n: 1 }, timestamp: 't', sequence: 1 };
    hub.publish(event);
    hub.publish(event);
    hub.publish({ ...event, sequence: 2, metadata: { n: 2 } });
    await waitFor(() => client.data.length === 2);
    expect(client.data).toHaveLength(2);
  });

  it('writes a comment line from time to time', async () => {
    start({ heartbeatMs: 10 });
    const client = await connect('a');
    await waitFor(() => (client.text.match(/^:/gm) ?? []).length >= 3);
    expect(client.data).toEqual([]);
  });

  it('cuts off a client that does not read, and serves the others', async () => {
    start({ maxBufferedBytes: 256 * 1024 });
    const slow = await connect('a');
    slow.response.pause();
    const quick = await connect('a');
    const text = 'x'.repeat(60_000);
    let sent = 0;
    await waitFor(
      () => {
        publish('a', { text, n: ++sent });
        return hub.listeners === 1;
      },
      { timeoutMs: 15_000 },
    );
    publish('a', { last: true });
    await waitFor(() => quick.text.includes('"last":true'));
    expect(quick.data).toHaveLength(sent + 1);
  });

  it('cuts off a client that takes nothing from one heartbeat to the next', async () => {
    start({ heartbeatMs: 50, maxBufferedBytes: Number.MAX_SAFE_INTEGER });
    const slow = await connect('a');
    slow.response.pause();
    for (let n = 0; n < 400; n++) publish('a', { n, text: 'x'.repeat(60_000) });
    await waitFor(() => hub.listeners === 0);
    expect(hub.listeners).toBe(0);
  });

  it('opens no more streams than it may, and more once some are gone', async () => {
    start({ maxListeners: 3, maxListenersPerSession: 2 });
    const first = await connect('a');
    await connect('a');
    expect(() => hub.requireRoom('a')).toThrow(ServiceUnavailableException);
    expect((await connect('a')).response.statusCode).toBe(503);
    expect((await connect('b')).response.statusCode).toBe(200);
    expect((await connect('c')).response.statusCode).toBe(503);
    first.response.destroy();
    await waitFor(() => hub.listeners === 2);
    expect((await connect('a')).response.statusCode).toBe(200);
  });

  it('ends the streams of a deleted session and forgets its events', async () => {
    start();
    const [client, other] = [await connect('a'), await connect('b')];
    publish('a', { n: 1 });
    hub.endSession('a');
    await waitFor(() => client.ended);
    expect(other.ended).toBe(false);
    const again = await connect('a', 'any');
    publish('a', { n: 2 });
    await waitFor(() => again.data.length === 1);
    expect(again.text).not.toContain('"n":1');
  });

  it('ends all streams on shutdown, so that the server can close, and takes no more', async () => {
    start();
    const client = await connect('a');
    publish('a', { n: 1 });
    hub.onModuleDestroy();
    await waitFor(() => client.ended);
    expect(client.data).toHaveLength(1);
    expect(hub.listeners).toBe(0);
    expect((await connect('a')).response.statusCode).toBe(503);
  });
});
