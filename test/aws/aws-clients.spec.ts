import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../src/aws/index.js';
import { KEEP_ALIVE_MS } from './support/aws-double.js';
import { waitForCount } from '../support/wait.js';
import { kindsOf } from './support/kinds.js';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

class Endpoint {
  readonly requests: string[] = [];
  readonly sockets = new Set<Socket>();
  url = '';
  readonly #server: Server;

  constructor(handle: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      request.resume();
      handle(request, response);
    });
    this.#server.on('connection', (socket: Socket) => this.sockets.add(socket));
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

const json = (response: ServerResponse, status: number, body: unknown, type = ''): void => {
  const headers: Record<string, string> = { 'content-type': 'application/x-amz-json-1.0' };
  if (type) headers['x-amzn-errortype'] = type;
  response.writeHead(status, headers);
  response.end(JSON.stringify(body));
};

const profileOf = (name: string) =>
  `[${name}]\naws_access_key_id = KEYOF${name.toUpperCase()}\naws_secret_access_key = secret\n`;

describe('AwsClients with a profile', () => {
  it('signs the calls of every client with the credentials of that profile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-profile-'));
    const file = join(folder, 'credentials');
    await writeFile(file, profileOf('default') + profileOf('billing'));
    Object.assign(process.env, {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_CONFIG_FILE: join(folder, 'none'),
    });
    const callers: string[] = [];
    const there = await new Endpoint(({ headers }, response) => {
      callers.push(/Credential=(\w+)/.exec(headers.authorization ?? '')?.[1] ?? 'nobody');
      json(response, 400, {});
    }).listen();
    const aws = new AwsClients({
      region: 'eu-central-1',
      endpoint: there.url,
      profile: 'billing',
      maxAttempts: 1,
    });
    for (const call of [
      aws.sqs.send(new ListQueuesCommand({})),
      aws.sns.send(new ListTopicsCommand({})),
      aws.s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
      aws.dynamodb.send(new ListTablesCommand({})),
    ])
      await call.catch(() => undefined);
    aws.destroy();
    await there.close();
    delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
    delete process.env['AWS_CONFIG_FILE'];
    await rm(folder, { recursive: true });
    expect(callers).toEqual(['KEYOFBILLING', 'KEYOFBILLING', 'KEYOFBILLING', 'KEYOFBILLING']);
  });
});

describe('AwsClients', () => {
  const closers: (() => Promise<void> | void)[] = [];
  const endpoint = async (
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<Endpoint> => {
    const started = await new Endpoint(handle).listen();
    closers.push(() => started.close());
    return started;
  };
  const clients = (options: Omit<ConstructorParameters<typeof AwsClients>[0], 'region'>) => {
    const aws = new AwsClients({ region: 'us-east-1', credentials, ...options });
    closers.unshift(() => aws.destroy());
    return aws;
  };

  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  it('builds each client once, with separate ones for sending, polling and waiting for answers', () => {
    const aws = clients({ endpoint: 'http://127.0.0.1:1' });
    expect(aws.sqs).toBe(aws.sqs);
    expect(aws.sqsPolling).toBe(aws.sqsPolling);
    expect(new Set([aws.sqs, aws.sqsPolling, aws.sqsReplies]).size).toBe(3);
  });

  it('has one client of SNS for each region, its own among them', async () => {
    const aws = clients({ endpoint: 'http://127.0.0.1:1' });
    const elsewhere = aws.snsIn('eu-west-1');
    expect(aws.snsIn('us-east-1')).toBe(aws.sns);
    expect(aws.snsIn('eu-west-1')).toBe(elsewhere);
    expect(await elsewhere.config.region()).toBe('eu-west-1');
    aws.destroy();
    expect(aws.snsIn('eu-west-1')).not.toBe(elsewhere);
  });

  it('sends to the given endpoint, whatever host the queue URL names', async () => {
    const server = await endpoint((_request, response) => json(response, 200, {}));
    const aws = clients({ endpoint: server.url });
    await aws.sqsPolling.send(
      new ReceiveMessageCommand({ QueueUrl: 'http://nowhere.invalid:9/000000000000/jobs' }),
    );
    expect(server.requests).toEqual(['POST /']);
  });

  it('prefers the endpoint that is set for a single service', async () => {
    const dynamodb = await endpoint((_request, response) =>
      json(response, 200, { TableNames: [] }),
    );
    const aws = clients({
      endpoint: 'http://127.0.0.1:1',
      endpoints: { dynamodb: dynamodb.url },
    });
    await aws.dynamodb.send(new ListTablesCommand({}));
    expect(dynamodb.requests).toHaveLength(1);
  });

  it('addresses buckets by path on a custom endpoint', async () => {
    const server = await endpoint((_request, response) => {
      response.setHeader('etag', '"e"').end('bytes');
    });
    const aws = clients({ endpoint: server.url });
    await aws.s3.send(new GetObjectCommand({ Bucket: 'box', Key: 'a/b.txt' }));
    expect(server.requests).toEqual(['GET /box/a/b.txt?x-id=GetObject']);
  });

  it('keeps its connection between calls', async () => {
    const server = await endpoint((_request, response) => json(response, 200, {}));
    const aws = clients({ endpoint: server.url });
    for (let call = 0; call < 3; call++) await aws.sqs.send(new ListQueuesCommand({}));
    expect(server.sockets.size).toBe(1);
  });

  it('runs more long polls at once than other calls have sockets', async () => {
    const waiting: ServerResponse[] = [];
    const polls = 60;
    const server = await endpoint((_request, response) => {
      waiting.push(response);
      if (waiting.length === polls) for (const each of waiting) json(each, 200, {});
    });
    const aws = clients({ endpoint: server.url });
    const poll = new ReceiveMessageCommand({ QueueUrl: `${server.url}/0/q`, WaitTimeSeconds: 20 });
    await Promise.all(Array.from({ length: polls }, () => aws.sqsPolling.send(poll)));
    expect(server.requests).toHaveLength(polls);
  });

  it('retries a call up to maxAttempts, but never a long poll', async () => {
    const server = await endpoint((_request, response) =>
      json(response, 503, {}, 'ServiceUnavailable'),
    );
    const aws = clients({ endpoint: server.url, maxAttempts: 2 });
    const refused = await aws.sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    expect(kindsOf(refused)).toEqual(['isServerFault']);
    expect(server.requests).toHaveLength(2);
    const poll = new ReceiveMessageCommand({ QueueUrl: `${server.url}/0/q` });
    await expect(aws.sqsPolling.send(poll)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    expect(server.requests).toHaveLength(3);
  });

  it('gives up on an answer that does not come, as on a lost connection', async () => {
    const server = await endpoint(() => undefined);
    const aws = clients({ endpoint: server.url, maxAttempts: 1, requestTimeoutMs: 50 });
    const failure = await aws.sns.send(new ListTopicsCommand({})).catch((e: unknown) => e);
    expect(kindsOf(failure)).toEqual(['isConnectionLoss']);
  });

  it('reports a refused connection as a lost connection', async () => {
    const gone = await new Endpoint(() => undefined).listen();
    await gone.close();
    const aws = clients({ endpoint: gone.url, maxAttempts: 1 });
    const failure = await aws.sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    expect(kindsOf(failure)).toEqual(['isConnectionLoss']);
  });

  it('closes its connections when destroyed, and can be used again', async () => {
    const server = await endpoint((_request, response) => json(response, 200, {}));
    const aws = clients({ endpoint: server.url });
    await aws.sqs.send(new ListQueuesCommand({}));
    const [socket] = server.sockets;
    const closed = new Promise<void>((done) => socket?.once('close', () => done()));
    aws.destroy();
    await closed;
    await aws.sqs.send(new ListQueuesCommand({}));
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, (aws: AwsClients) => Promise<unknown>]>([
    ['SQS', (aws) => aws.sqs.send(new ListQueuesCommand({}))],
    ['SNS', (aws) => aws.sns.send(new ListTopicsCommand({}))],
    ['S3', (aws) => aws.s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))],
    ['DynamoDB', (aws) => aws.dynamodb.send(new ListTablesCommand({}))],
  ])('repeats no call of %s that its destruction has cut', async (_service, call) => {
    const server = await endpoint(() => undefined);
    const aws = clients({ endpoint: server.url, maxAttempts: 3, requestTimeoutMs: 1000 });
    const failure = call(aws).catch((error: unknown) => error);
    await waitForCount('requests', () => server.requests, 1);
    aws.destroy();
    expect(kindsOf(await failure)).toEqual(['isConnectionLoss']);
    expect(server.requests).toHaveLength(1);
  });

  it('makes no call that waits for its first connection when it is destroyed', async () => {
    const server = await endpoint((_request, response) => json(response, 200, {}));
    const aws = clients({ endpoint: server.url });
    const failure = aws.sqs.send(new ListQueuesCommand({})).catch((error: unknown) => error);
    aws.destroy();
    expect(kindsOf(await failure)).toEqual(['isConnectionLoss']);
    expect(server.requests).toEqual([]);
  });
});
