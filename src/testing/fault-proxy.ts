import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';

import type { AwsClientsOptions } from '../aws/index.js';
import { signedAnew } from '../platform/embedded/index.js';
import {
  ConnectionCut,
  type Fault,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from './fault.js';

const LOOPBACK = '127.0.0.1';
// Longer than any test: a connection closed by this side would look like a fault that the test did not set.
const KEEP_ALIVE_MS = 600_000;

/**
 * A proxy to SNS, SQS and S3 on the loopback that injects faults. The program under test notices no other difference.
 *
 * Queue URLs contain the address by which they were requested, so a client and a server that answer each other must use
 * the same proxy. It does not cover DynamoDB.
 *
 * @example
 * const proxy = await FaultProxy.start(options, [faults.throttle({ share: 0.2 })]);
 * const server = new SnsSqsServer({ topology, aws: proxy.clientOptions() });
 * // …
 * await proxy.stop();
 */
export class FaultProxy {
  /** Where it listens, such as `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly #agent = new Agent({ keepAlive: true });
  #target: URL;
  #faults: readonly Fault[];

  private constructor(
    private readonly server: Server,
    private readonly options: AwsClientsOptions,
    target: string,
    faults: readonly Fault[],
  ) {
    const { port } = server.address() as AddressInfo;
    this.endpoint = `http://${LOOPBACK}:${port}`;
    this.#target = new URL(target);
    this.#faults = faults;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response);
    });
  }

  /**
   * Listens on a free port of the loopback.
   *
   * @param options those of the broker; its endpoint must be plain HTTP.
   * @throws Error when they have no endpoint.
   */
  static async start(
    options: AwsClientsOptions,
    faults: readonly Fault[] = [],
  ): Promise<FaultProxy> {
    if (options.endpoint === undefined)
      throw new Error('A fault proxy needs a broker with an endpoint');
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    return new FaultProxy(server, options, options.endpoint, faults);
  }

  /** The option `aws` for a server or client under test. */
  clientOptions(): AwsClientsOptions {
    const { dynamodb } = this.options.endpoints ?? {};
    return {
      ...this.options,
      endpoint: this.endpoint,
      endpoints: dynamodb === undefined ? {} : { dynamodb },
    };
  }

  /** Replaces the faults; without any it is a plain proxy. */
  use(...faults: readonly Fault[]): void {
    this.#faults = faults;
  }

  /** Sets the broker's new address after a restart. `endpoint` stays the same. */
  follow(endpoint: string): void {
    this.#target = new URL(endpoint);
  }

  /** Closes every connection and frees the port. A `TestBroker` stops its own proxies. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    this.#agent.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const broker: Forward = (proxied) => this.#forward(proxied, gone.signal);
      const answer = await this.#faults.reduceRight<Forward>(
        (next, fault) => (one) => (fault.fits(one) ? fault.pass(one, next) : next(one)),
        broker,
      )(await readRequest(request));
      response.writeHead(answer.status, {
        ...answer.headers,
        'content-length': String(answer.body.length),
      });
      response.end(answer.body);
    } catch (error) {
      // A stopped broker and a cut connection look the same from here.
      if (error instanceof ConnectionCut) request.socket.resetAndDestroy();
      else request.socket.destroy();
    }
  }

  /** Signs again, because a fault may have changed signed parts, which the embedded stack would refuse. */
  #signed(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
  ): IncomingHttpHeaders {
    const { credentials } = this.options;
    if (credentials === undefined) return headers;
    return signedAnew({ method, url, headers }, credentials.secretAccessKey).headers;
  }

  async #forward(
    { method, path, headers, body }: ProxiedRequest,
    signal: AbortSignal,
  ): Promise<ProxiedAnswer> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname: host, port } = this.#target;
      const sent = httpRequest(
        {
          agent: this.#agent,
          host,
          port,
          method,
          path,
          headers: {
            ...this.#signed(method, path, headers),
            'content-length': String(body.length),
          },
          signal,
        },
        resolve,
      );
      sent.once('error', reject);
      sent.end(body);
    });
    return {
      status: answer.statusCode ?? 502,
      headers: flat(answer),
      body: await buffer(answer),
    };
  }
}

async function readRequest(request: IncomingMessage): Promise<ProxiedRequest> {
  const { method = 'GET', url: path = '/' } = request;
  const headers = flat(request);
  const body = await buffer(request);
  const target = headers['x-amz-target']?.split('.').at(-1);
  const query = (headers['content-type'] ?? '').includes('x-www-form-urlencoded')
    ? new URLSearchParams(body.toString()).get('Action')
    : undefined;
  return { action: target ?? query ?? method, method, path, headers, body };
}

/** `stream/consumers` would use a Blob, which costs more than all the rest. */
async function buffer(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** All headers except those about the connection. */
function flat({ headers }: IncomingMessage): Record<string, string> {
  const { connection: _connection, 'transfer-encoding': _encoding, ...kept } = headers;
  return Object.fromEntries(
    Object.entries(kept).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
