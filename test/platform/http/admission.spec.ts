import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { DocumentsHealth } from '../../../src/platform/health/documents.health.js';
import { DocumentStore } from '../../../src/platform/persistence/index.js';
import { startWholeService } from '../../support/service.js';

const KEY = 'a-key-of-at-least-20-characters';

let service: RunningService;
const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

/** Sends these bytes as they are, and keeps the connection open. */
function open(bytes: string): Socket {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.write(bytes);
  return socket;
}

const post = (path: string, headers: Record<string, string | number>, body = ''): string =>
  `POST ${path} HTTP/1.1\r\n${Object.entries({
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;

const status = (answer: string): string => answer.split('\r\n', 1)[0] ?? '';
const firstBytes = async (socket: Socket): Promise<string> =>
  String((await once(socket, 'data'))[0]);

const asked = async (headers: Record<string, string>): Promise<string> =>
  status(await firstBytes(open(post('/api/sessions', { ...headers, 'Content-Length': 2 }, '{}'))));

describe('With API keys', () => {
  beforeAll(async () => {
    service = await startWholeService({ WEFT_CONSUME: 'none', WEFT_API_KEYS: KEY });
  });
  afterAll(() => service.close());

  it.each([
    ['a body of 1 MiB that is announced', { 'Content-Length': 1024 * 1024 }],
    [
      'a body of 1 MiB with a wrong key',
      { 'Content-Length': 1024 * 1024, Authorization: `Bearer ${KEY}x` },
    ],
    ['a body of unknown length', { 'Transfer-Encoding': 'chunked' }],
  ])(
    'a caller without a key is answered before the body is there, and its connection closed: %s',
    async (_what, headers) => {
      const answer = await text(open(post('/api/commands', headers)));
      expect(status(answer)).toBe('HTTP/1.1 401 Unauthorized');
      expect(answer).toContain('WWW-Authenticate: Bearer');
      expect(answer).toContain('"status":401');
    },
  );

  it('a caller without a key is answered for a small body as well', async () => {
    const answer = await firstBytes(open(post('/api/commands', { 'Content-Length': 2 }, '{}')));
    expect(status(answer)).toBe('HTTP/1.1 401 Unauthorized');
  });

  it('nothing is held of what a caller without a key goes on sending', async () => {
    const socket = open(post('/api/commands', { 'Content-Length': 64 * 1024 * 1024 }));
    socket.on('error', () => undefined);
    await once(socket, 'data');
    socket.write(Buffer.alloc(1024 * 1024));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.bytesWritten).toBeLessThan(2 * 1024 * 1024);
  });

  it('a caller with a key is heard whatever the Host', async () => {
    const headers = {
      Host: 'weft.example',
      Origin: 'https://app.example',
      Authorization: `Bearer ${KEY}`,
      'Content-Length': 2,
    };
    expect(status(await firstBytes(open(post('/api/sessions', headers, '{}'))))).toBe(
      'HTTP/1.1 201 Created',
    );
  });

  it('the server bounds connections, headers and times', () => {
    const server = service.app.getHttpServer() as Server & { connectionsCheckingInterval: number };
    expect(server).toMatchObject({
      maxConnections: 12_000,
      maxHeadersCount: 100,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 2000,
    });
  });
});

describe('Without API keys', () => {
  let port: string;
  beforeAll(async () => {
    service = await startWholeService({ WEFT_CONSUME: 'none' });
    ({ port } = new URL(service.url));
  });
  afterAll(() => service.close());

  it.each([
    'evil.example',
    'evil.example:3000',
    '10.0.0.1',
    '0.0.0.0',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '[fe80::1]',
    '',
  ])(
    'a request whose Host is "%s" is refused, as a page may have made that name resolve to this machine',
    async (Host) => {
      expect(await asked({ Host })).toBe('HTTP/1.1 403 Forbidden');
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:3000',
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]:3000',
    'app.localhost:8080',
  ])('a request whose Host is "%s" is heard', async (Host) => {
    expect(await asked({ Host })).toBe('HTTP/1.1 201 Created');
  });

  it.each([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
    { Origin: 'https://127.0.0.1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('a request of a page of another origin is refused: %j', async (headers) => {
    expect(await asked(headers as Record<string, string>)).toBe('HTTP/1.1 403 Forbidden');
  });

  it('a request of its own pages is heard', async () => {
    const Host = `127.0.0.1:${port}`;
    const own = { Host, Origin: `http://${Host}`, 'Sec-Fetch-Site': 'same-origin' };
    expect(await asked(own)).toBe('HTTP/1.1 201 Created');
  });
});

describe('/health/ready', () => {
  beforeAll(async () => {
    service = await startWholeService({ WEFT_CONSUME: 'none' });
  });
  afterAll(() => service.close());

  it('asks the document store once, however many ask at once', async () => {
    const store = service.app.get(DocumentStore);
    const ping = store.ping.bind(store);
    let pings = 0;
    store.ping = () => {
      pings += 1;
      return ping();
    };
    // Asked in one turn: fifty requests on a busy machine may take longer than an answer is kept.
    const health = service.app.get(DocumentsHealth, { strict: false });
    const answers = await Promise.all(Array.from({ length: 50 }, () => health.check()));
    expect(answers).toMatchObject(answers.map(() => ({ documents: { status: 'up' } })));
    expect(pings).toBe(1);
  });
});
