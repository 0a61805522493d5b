import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { AwsClients, type AwsClientsOptions } from '../../src/aws/index.js';
import { EmbeddedAws } from '../../src/embedded/index.js';
import {
  connectSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type SnsSqsClientOptions,
  type SnsSqsServerOptions,
  type Topology,
} from '../../src/transport/index.js';
import { waitFor } from './wait.js';

/** A name no other test uses. */
export const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** SNS, SQS and S3 wherever they are, with SDK clients to look at them from outside. */
export class TestStack {
  readonly aws: AwsClients;

  private constructor(
    private readonly options: AwsClientsOptions,
    private readonly own?: EmbeddedAws,
  ) {
    this.aws = new AwsClients(options);
  }

  /** The embedded stack, in memory. */
  static async start(): Promise<TestStack> {
    const embedded = await EmbeddedAws.start();
    return new TestStack(embedded.clientOptions(), embedded);
  }

  /** A stack that somebody else starts and stops. */
  static at(options: AwsClientsOptions): TestStack {
    return new TestStack(options);
  }

  /** @throws Error over an engine that is not the embedded one. */
  get embedded(): EmbeddedAws {
    if (!this.own) throw new Error('This stack is not the embedded one');
    return this.own;
  }

  clientOptions(): AwsClientsOptions {
    return this.options;
  }

  /** Closing need not wait for the open long polls, where the engine can be asked to answer them. */
  endLongPolls(): void {
    this.own?.endLongPolls();
  }

  async stop(): Promise<void> {
    this.aws.destroy();
    await this.own?.stop();
  }

  async queueUrl(name: string): Promise<string> {
    const { QueueUrl: url = '' } = await this.aws.sqs.send(
      new GetQueueUrlCommand({ QueueName: name }),
    );
    return url;
  }

  /** Sends a body straight to a queue, as a program without Weft would. */
  async put(
    queue: string,
    body: string,
    attributes: Record<string, string> = {},
    group?: string,
  ): Promise<string> {
    const { MessageId: id = '' } = await this.aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: await this.queueUrl(queue),
        MessageBody: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            { DataType: 'String', StringValue: value },
          ]),
        ),
        ...(group !== undefined && { MessageGroupId: group, MessageDeduplicationId: randomUUID() }),
      }),
    );
    return id;
  }

  /** Waits for a message on a queue nobody consumes. */
  async take(queue: string): Promise<Message> {
    const url = await this.queueUrl(queue);
    return waitFor(
      async () => {
        const { Messages: messages = [] } = await this.aws.sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            WaitTimeSeconds: 1,
            MessageAttributeNames: ['All'],
            MessageSystemAttributeNames: ['All'],
          }),
        );
        return messages[0];
      },
      { what: `a message on ${queue}` },
    );
  }

  /** Messages a queue holds: waiting and in flight. */
  async depth(queue: string): Promise<{ visible: number; inFlight: number }> {
    const { Attributes: attributes = {} } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.queueUrl(queue),
        AttributeNames: ['All'],
      }),
    );
    return {
      visible: Number(attributes.ApproximateNumberOfMessages),
      inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
    };
  }

  /** Waits until a queue holds nothing, in flight neither. */
  async emptied(queue: string): Promise<void> {
    await waitFor(
      async () => {
        const { visible, inFlight } = await this.depth(queue);
        return visible + inFlight === 0;
      },
      { what: `${queue} to be empty` },
    );
  }
}

export interface TestService {
  readonly app: INestApplication;
  readonly server: SnsSqsServer;
  readonly client: SnsSqsClient;
  close(): Promise<void>;
}

export interface TestServiceOptions {
  readonly topology: Topology;
  readonly controllers?: Type[];
  readonly providers?: ModuleMetadata['providers'];
  readonly server?: Partial<SnsSqsServerOptions>;
  readonly client?: Partial<SnsSqsClientOptions>;
  readonly inheritAppConfig?: boolean;
  readonly configure?: (app: INestApplication) => void;
}

/** A hybrid application in the Nest testing module, receiving and ready to send. */
export async function startService(
  stack: TestStack,
  options: TestServiceOptions,
): Promise<TestService> {
  const common = { topology: options.topology, aws: stack.aws, provision: 'create' } as const;
  const server = new SnsSqsServer({
    ...common,
    waitTimeS: 1,
    ackLingerMs: 5,
    retry: { baseS: 1, capS: 1 },
    drainTimeoutMs: 5000,
    ...options.server,
  });
  const client = new SnsSqsClient({ ...common, ...options.client });
  const module = await Test.createTestingModule({
    controllers: options.controllers ?? [],
    providers: [{ provide: SnsSqsClient, useValue: client }, ...(options.providers ?? [])],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  options.configure?.(app);
  connectSnsSqs(app, server, { inheritAppConfig: options.inheritAppConfig ?? false });
  await app.init();
  await app.startAllMicroservices();
  return {
    app,
    server,
    client,
    close: async () => {
      const drained = server.close();
      stack.endLongPolls();
      await drained;
      await app.close();
      await client.close();
    },
  };
}

interface SdkClient {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<unknown>,
        context: { commandName?: string },
      ) => (args: never) => Promise<unknown>,
      options: { step: 'initialize'; name: string; override: boolean },
    ): void;
  };
}

/** Notes the calls an SDK client makes from now on. */
export function countCalls(client: SdkClient): { ended(): string[] } {
  const names: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const answer = await next(args);
        names.push(commandName);
        return answer;
      },
    { step: 'initialize', name: 'countCalls', override: true },
  );
  return { ended: () => [...names] };
}
