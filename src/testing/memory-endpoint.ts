import { hash } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ServiceAddress } from '../aws/in-process.js';
import { guard, type StackCredentials } from '../platform/embedded/index.js';
import { BrokerError } from '../transport/broker/broker.error.js';
import type { MemoryAws } from './in-process-aws.js';
import { queryAnswer, queryFault, readQuery } from './query-protocol.js';

const LOOPBACK = '127.0.0.1';
// Longer than any test: to clients of a process that stood still a closed connection is an error.
const KEEP_ALIVE_MS = 600_000;
const SQS_TARGET = 'AmazonSQS.';
const DYNAMODB_TARGET = 'DynamoDB_';

/** SQS's older error code, for the one error that its clients know by that. */
const QUERY_ERRORS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue;Sender',
};

/**
 * An HTTP endpoint of a broker in memory, for other processes, for proxies, and for clients that a test builds itself.
 * S3 and DynamoDB come from the embedded stack, which the first call starts.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export class MemoryEndpoint {
  /** Such as `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  #aws: MemoryAws | undefined;

  private constructor(private readonly server: Server) {
    const { port } = server.address() as AddressInfo;
    this.endpoint = `http://${LOOPBACK}:${port}`;
  }

  /** Listens on a free port of the loopback, for callers that sign with these credentials. */
  static async start(credentials: StackCredentials): Promise<MemoryEndpoint> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    const endpoint = new MemoryEndpoint(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void endpoint.#serve(request, response);
    });
    guard(server, credentials);
    return endpoint;
  }

  /** Sets the AWS that answers; no request comes before that, because the address is not known yet. */
  serve(aws: MemoryAws): void {
    this.#aws = aws;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { 'x-amz-target': target = '', 'content-type': type = '' } = request.headers;
    const aws = this.#aws;
    if (!aws) return;
    try {
      if (String(target).startsWith(SQS_TARGET))
        await answerSqs(aws, String(target).slice(SQS_TARGET.length), request, response);
      else if (String(target).startsWith(DYNAMODB_TARGET))
        forward(await aws.addressOf('dynamodb'), request, response);
      else if (type.startsWith('application/x-www-form-urlencoded'))
        await answerSns(aws, request, response);
      else forward(await aws.addressOf('s3'), request, response);
    } catch {
      // The caller has disconnected, or its request is invalid: its connection is closed.
      response.destroy();
    }
  }
}

async function answerSqs(
  aws: MemoryAws,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const input = JSON.parse((await buffer(request)).toString() || '{}', revived) as object;
  response.setHeader('Content-Type', 'application/x-amz-json-1.0');
  try {
    const output = await aws.call(`${action}Command`, input);
    const found = namedAsAsked(withDigests(input, output), request.headers.host);
    response.end(JSON.stringify(found, encoded));
  } catch (error) {
    const { name, message } = faultOf(error);
    const query = QUERY_ERRORS[name];
    if (query !== undefined) response.setHeader('x-amzn-query-error', query);
    response.statusCode = 400;
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message }));
  }
}

async function answerSns(
  aws: MemoryAws,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { action, input } = readQuery((await buffer(request)).toString());
  response.setHeader('Content-Type', 'text/xml');
  try {
    response.end(queryAnswer(action, await aws.call(`${action}Command`, input)));
  } catch (error) {
    const { name, message } = faultOf(error);
    response.statusCode = 400;
    response.end(queryFault(name, message));
  }
}

interface Found {
  readonly QueueUrl?: string;
  readonly QueueUrls?: readonly string[];
}

/** Clients call a queue at the host of its URL, so the URL contains the host this caller used. */
function namedAsAsked(output: Found, host = ''): object {
  const { QueueUrl: one, QueueUrls: many } = output;
  const here = (url: string): string => `http://${host}${new URL(url).pathname}`;
  return {
    ...output,
    ...(one !== undefined && { QueueUrl: here(one) }),
    ...(many && { QueueUrls: many.map(here) }),
  };
}

function faultOf(error: unknown): Error {
  return error instanceof BrokerError
    ? error
    : new BrokerError('InternalFailure', error instanceof Error ? error.message : String(error));
}

/** Binary values are base64 in JSON. */
const revived = (name: string, value: unknown): unknown =>
  name === 'BinaryValue' && typeof value === 'string' ? Buffer.from(value, 'base64') : value;

function encoded(this: Record<string, unknown>, name: string, value: unknown): unknown {
  // JSON.stringify calls a Buffer's own toJSON before this replacer.
  const whole = this[name];
  return whole instanceof Uint8Array ? Buffer.from(whole).toString('base64') : value;
}

interface Digested {
  readonly Messages?: readonly { readonly Body?: string }[];
  readonly Successful?: readonly { readonly Id?: string; readonly MessageId?: string }[];
  readonly MessageId?: string;
}

/** The SDK compares the MD5 of each body it sends and receives. */
function withDigests(input: object, output: Digested): object {
  const { MessageBody: sent, Entries: entries = [] } = input as {
    readonly MessageBody?: string;
    readonly Entries?: readonly { readonly Id?: string; readonly MessageBody?: string }[];
  };
  if (output.Messages)
    return {
      Messages: output.Messages.map((one) => ({ ...one, MD5OfBody: md5(one.Body) })),
    };
  if (sent !== undefined) return { ...output, MD5OfMessageBody: md5(sent) };
  if (!entries.some(({ MessageBody: body }) => body !== undefined)) return output;
  const bodies = new Map(entries.map(({ Id: id, MessageBody: body }) => [id, body]));
  const digested = output.Successful?.map((one) => ({
    ...one,
    MD5OfMessageBody: md5(bodies.get(one.Id)),
  }));
  return { ...output, Successful: digested };
}

const md5 = (body = ''): string => hash('md5', body);

function forward(
  { endpoint }: ServiceAddress,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { hostname, port } = new URL(endpoint);
  const { method, url: path, headers } = request;
  // With the original headers, because the signature covers the host that the caller used.
  const onward = httpRequest({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
