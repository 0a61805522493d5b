import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { verify, type Identity, type Verdict, type WireRequest } from './signature.js';

/** What AWS allows a signature to be off. */
const MAX_SKEW_MS = 5 * 60_000;
/** Longer than any test: Node's five seconds are soon over on a machine that stands still. */
export const KEEP_ALIVE_MS = 600_000;

/** A certificate for 127.0.0.1 with its key, which nothing trusts by itself. */
export const CERTIFICATE = readFileSync(new URL('localhost.pem', import.meta.url), 'utf8');

export interface Recorded extends WireRequest {
  readonly verdict: Verdict;
}

/** What takes the place of an answer; `undefined` answers as usual. */
export type Script = (
  request: Recorded,
  response: ServerResponse,
  nth: number,
) => 'handled' | undefined;

/** One entry, as the calls of these tests have. */
const DONE = '{"Successful":[{"Id":"0"}],"Failed":[]}';
const SQS_ANSWERS: Readonly<Record<string, string>> = {
  SendMessage: '{"MessageId":"m"}',
  SendMessageBatch: DONE,
  DeleteMessageBatch: DONE,
  ChangeMessageVisibilityBatch: DONE,
  CreateQueue: '{"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/000000000000/jobs"}',
  GetQueueUrl: '{"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/000000000000/jobs"}',
  GetQueueAttributes: '{"Attributes":{"VisibilityTimeout":"30"}}',
};
const ARN = 'arn:aws:sns:eu-central-1:000000000000:topic';
const SNS_RESULTS: Readonly<Record<string, string>> = {
  Publish: '<MessageId>m</MessageId>',
  PublishBatch: '<Successful><member><Id>0</Id></member></Successful>',
  CreateTopic: `<TopicArn>${ARN}</TopicArn>`,
  Subscribe: `<SubscriptionArn>${ARN}:1</SubscriptionArn>`,
  GetTopicAttributes: '<Attributes><entry><key>Owner</key><value>1</value></entry></Attributes>',
  GetSubscriptionAttributes:
    '<Attributes><entry><key>Owner</key><value>1</value></entry></Attributes>',
};
const snsAnswer = (operation: string): string =>
  `<${operation}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${operation}Result>${SNS_RESULTS[operation] ?? ''}</${operation}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${operation}Response>`;

/** Answers SQS and SNS, records what came, and refuses what is not signed as AWS asks. */
export class AwsDouble {
  readonly requests: Recorded[] = [];
  readonly sockets = new Set<Socket>();
  identities: Record<string, Identity> = { AKID: { secretAccessKey: 'secret' } };
  /** How far the clock of "AWS" is ahead. */
  clockAheadMs = 0;
  script: Script = () => undefined;
  /** By operation, what an answer says in place of the least that AWS says. */
  readonly answers: Record<string, string> = {};
  readonly #server;

  private constructor(readonly protocol: 'http' | 'https') {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        this.#answer({ method, url, headers, body: Buffer.concat(chunks) }, response);
      });
    };
    this.#server =
      protocol === 'http'
        ? createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener)
        : createTlsServer(
            { key: CERTIFICATE, cert: CERTIFICATE, keepAliveTimeout: KEEP_ALIVE_MS },
            listener,
          );
    this.#server.on('connection', (socket: Socket) => this.sockets.add(socket));
  }

  static async start(protocol: 'http' | 'https' = 'http'): Promise<AwsDouble> {
    const double = new AwsDouble(protocol);
    await new Promise<void>((listening) => double.#server.listen(0, '127.0.0.1', listening));
    return double;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.protocol}://127.0.0.1:${port}`;
  }

  get faults(): readonly string[] {
    return this.requests.flatMap(({ verdict: { fault } }) => fault ?? []);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #answer(wire: WireRequest, response: ServerResponse): void {
    const request = { ...wire, verdict: verify(wire, this.identities) };
    this.requests.push(request);
    const now = Date.now() + this.clockAheadMs;
    response.setHeader('date', new Date(now).toUTCString());
    response.setHeader('x-amzn-requestid', 'r');
    const { fault, signedAt } = request.verdict;
    if (fault !== undefined) fail(response, 403, 'SignatureDoesNotMatch');
    else if (Math.abs(now - signedAt.getTime()) > MAX_SKEW_MS)
      fail(response, 403, 'RequestTimeTooSkewed');
    else if (this.script(request, response, this.requests.length) !== 'handled')
      response.end(this.answers[operationOf(request)] ?? leastOf(request));
  }
}

/** An error as SQS sends it. */
export function fail(response: ServerResponse, status: number, code: string): 'handled' {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-errortype': code,
  });
  response.end(JSON.stringify({ __type: code, message: code }));
  return 'handled';
}

export function operationOf({ headers, body }: WireRequest): string {
  const target = String(headers['x-amz-target'] ?? '');
  return target.split('.')[1] ?? new URLSearchParams(body.toString()).get('Action') ?? '';
}

function leastOf(request: WireRequest): string {
  const operation = operationOf(request);
  return isSns(request) ? snsAnswer(operation) : (SQS_ANSWERS[operation] ?? '{}');
}

const isSns = ({ headers }: WireRequest): boolean => headers['x-amz-target'] === undefined;
