import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';

import { AwsClients, type AwsClientsOptions } from '../aws/index.js';
import { EmbeddedAws, type EmbeddedAwsOptions } from '../platform/embedded/index.js';
import { FaultProxy } from './fault-proxy.js';
import type { Fault } from './fault.js';
import { waitFor } from './wait-for.js';

const TEST_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * SNS, SQS and S3 for a test, with SDK clients and helpers to look at them from outside.
 *
 * @example
 * const broker = TestBroker.at({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' });
 * await broker.put('orders', JSON.stringify({ pattern: 'order.placed', data: { id: 7 } }));
 * await broker.stop();
 */
export class TestBroker {
  /** Clients of the test itself; they go by none of the proxies. */
  readonly aws: AwsClients;
  readonly #proxies: FaultProxy[] = [];

  private constructor(
    private readonly options: AwsClientsOptions,
    private readonly own?: EmbeddedAws,
  ) {
    this.aws = new AwsClients(options);
  }

  /**
   * The embedded stack; in memory unless it is given a folder. Its callers sign with `test` and `test`, as with
   * other engines for tests, so that what gets its credentials from a profile or the environment reaches it as well.
   */
  static async start(options?: EmbeddedAwsOptions): Promise<TestBroker> {
    const embedded = await EmbeddedAws.start({ credentials: TEST_CREDENTIALS, ...options });
    return new TestBroker(embedded.clientOptions(), embedded);
  }

  /** An engine that somebody else starts and stops, such as LocalStack. */
  static at(options: AwsClientsOptions): TestBroker {
    return new TestBroker(options);
  }

  /** The embedded stack, for what AWS has no call for. @throws Error over an engine that is not the embedded one. */
  get embedded(): EmbeddedAws {
    if (!this.own) throw new Error('This broker is not the embedded stack');
    return this.own;
  }

  /** What a server or client under test takes as `aws`. */
  clientOptions(): AwsClientsOptions {
    return this.options;
  }

  /**
   * A way to this broker on which things go wrong; closed with it.
   *
   * @example
   * const proxy = await broker.proxy(faults.loseAnswer({ on: ['SendMessageBatch'], times: 1 }));
   * const client = new SnsSqsClient({ topology, aws: proxy.clientOptions() });
   */
  async proxy(...faults: readonly Fault[]): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(this.options, faults);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Closing a server need not wait for its open long polls, where the engine can be asked to answer them. */
  endLongPolls(): void {
    this.own?.endLongPolls();
  }

  /** Ends clients, proxies and the embedded stack; another engine goes on. */
  async stop(): Promise<void> {
    this.aws.destroy();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await this.own?.stop();
  }

  /** The URL of a queue, by its name. @throws QueueDoesNotExist of the SDK. */
  async queueUrl(name: string): Promise<string> {
    const { QueueUrl: url = '' } = await this.aws.sqs.send(
      new GetQueueUrlCommand({ QueueName: name }),
    );
    return url;
  }

  /**
   * Sends a body straight to a queue, as a program without Weft would.
   *
   * @returns the message's id.
   */
  async put(
    queue: string,
    body: string,
    attributes: Readonly<Record<string, string>> = {},
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

  /**
   * Waits for a message on a queue nobody consumes. It stays there, hidden for the queue's visibility timeout.
   *
   * @throws Error when none has come in 10 s.
   */
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

  /**
   * Waits until a queue holds nothing, in flight neither.
   *
   * @param timeoutMs milliseconds. Default 10 000.
   * @throws Error when the time is over.
   */
  async emptied(queue: string, timeoutMs?: number): Promise<void> {
    await waitFor(
      async () => {
        const { visible, inFlight } = await this.depth(queue);
        return visible + inFlight === 0;
      },
      { what: `${queue} to be empty`, ...(timeoutMs !== undefined && { timeoutMs }) },
    );
  }
}

/**
 * Starts SNS, SQS and S3 inside this process, in memory: queues and topics for
 * one test file, without Docker and without AWS.
 *
 * @example
 * const broker = await startTestBroker();
 * const server = new SnsSqsServer({ topology, aws: broker.clientOptions(), provision: 'create', waitTimeS: 1 });
 * // …
 * await broker.put('orders', JSON.stringify({ pattern: 'order.placed', data: { id: 7 } }));
 * await broker.emptied('orders');
 * await broker.stop();
 */
export const startTestBroker = (options?: EmbeddedAwsOptions): Promise<TestBroker> =>
  TestBroker.start(options);
