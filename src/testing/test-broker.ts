import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';

import { AwsClients, type AwsClientsOptions } from '../aws/index.js';
import { IN_PROCESS } from '../aws/in-process.js';
import { EmbeddedAws, type EmbeddedAwsOptions } from '../platform/embedded/index.js';
import type { Clock } from '../transport/clock.js';
import { MemoryBroker } from '../transport/broker/memory/memory.broker.js';
import { FaultProxy } from './fault-proxy.js';
import type { Fault } from './fault.js';
import { MemoryAws } from './in-process-aws.js';
import { MemoryEndpoint } from './memory-endpoint.js';
import { OnDemand } from './on-demand.js';
import { waitFor } from './wait-for.js';

const TEST_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * How `startTestBroker` starts. A folder or credentials start the embedded stack as well.
 *
 * @example
 * const broker = await startTestBroker({ embedded: true });
 */
export interface TestBrokerOptions extends EmbeddedAwsOptions {
  /**
   * Whether SNS and SQS are those of the embedded stack as well, an engine that others wrote. It takes some 300 ms to start,
   * and needs the packages `fauxqs` and `dynalite`.
   *
   * @defaultValue false: a broker in memory, at which servers and clients of this process arrive without HTTP, and all others by it; only S3 and DynamoDB are embedded then, once they are called
   */
  readonly embedded?: boolean;
  /** What visibility timeouts, delays and long polls of the broker in memory go by. @defaultValue the machine's */
  readonly clock?: Clock;
}

const DEFAULT_REGION = 'us-east-1';

/** Takes apart what a broker started, in the end. */
type Stop = () => Promise<void>;

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
    private readonly parts: {
      readonly embedded?: EmbeddedAws;
      readonly memory?: MemoryAws;
      readonly others?: OnDemand;
    } = {},
    private readonly stopParts: Stop = () => Promise.resolve(),
  ) {
    this.aws = new AwsClients(options);
  }

  /**
   * In the memory of this process, or as the embedded stack. Its callers sign with `test` and `test`, as with other engines for
   * tests, so that what gets its credentials from a profile or the environment reaches it as well.
   */
  static async start({ embedded, clock, ...options }: TestBrokerOptions = {}): Promise<TestBroker> {
    const credentials = TEST_CREDENTIALS;
    const startEmbedded = (): Promise<EmbeddedAws> =>
      EmbeddedAws.start({ credentials, ...options });
    if (embedded || options.dataDir !== undefined || options.credentials)
      return TestBroker.#over(await startEmbedded());
    const others = new OnDemand(startEmbedded);
    const { region = DEFAULT_REGION } = options;
    const http = await MemoryEndpoint.start(credentials);
    const { endpoint } = http;
    const broker = new MemoryBroker({ region, origin: endpoint, ...(clock && { clock }) });
    const memory = new MemoryAws(broker, endpoint, others);
    http.serve(memory);
    const aws = { region, endpoint, credentials, [IN_PROCESS]: memory };
    return new TestBroker(aws, { memory, others }, async () => {
      await http.stop();
      await others.stop();
    });
  }

  static #over(embedded: EmbeddedAws): TestBroker {
    return new TestBroker(embedded.clientOptions(), { embedded }, () => embedded.stop());
  }

  /** An engine that somebody else starts and stops, such as LocalStack. */
  static at(options: AwsClientsOptions): TestBroker {
    return new TestBroker(options);
  }

  /** The embedded stack of this broker, for what AWS has no call for. @throws Error over another engine. */
  get embedded(): Pick<EmbeddedAws, 'createBucket'> {
    const { embedded, others } = this.parts;
    const found = embedded ?? others;
    if (!found) throw new Error('This broker is another engine, so it has no embedded stack');
    return found;
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
    this.parts.embedded?.endLongPolls();
    this.parts.memory?.broker.queues.endPolls();
  }

  /** Ends clients, proxies and the embedded stack; another engine goes on. */
  async stop(): Promise<void> {
    this.aws.destroy();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await this.stopParts();
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
   * Waits for a message on a queue that nobody consumes. The message stays on the queue, invisible for its visibility timeout.
   *
   * @throws Error when the queue had no visible message for 10 s.
   */
  async take(queue: string): Promise<Message> {
    const url = await this.queueUrl(queue);
    return waitFor(`a message on ${queue}`, async () => {
      const { Messages: messages = [] } = await this.aws.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return messages[0];
    });
  }

  /** Counts the messages of a queue: visible and in flight. */
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
   * Waits until a queue holds no message, neither visible nor in flight.
   *
   * @param timeoutMs milliseconds. Default 10 000.
   * @throws Error when the time is over.
   */
  async emptied(queue: string, timeoutMs?: number): Promise<void> {
    await waitFor(`${queue} to be empty`, () => this.depth(queue), {
      until: ({ visible, inFlight }) => visible + inFlight === 0,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }
}

/**
 * Starts SNS and SQS in the memory of this process: queues and topics for one test file, without Docker and without AWS.
 * S3 and DynamoDB are started by the first call of theirs.
 *
 * @example
 * const broker = await startTestBroker();
 * const server = new SnsSqsServer({ topology, aws: broker.clientOptions(), provision: 'create', waitTimeS: 1 });
 * // …
 * await broker.put('orders', JSON.stringify({ pattern: 'order.placed', data: { id: 7 } }));
 * await broker.emptied('orders');
 * await broker.stop();
 */
export const startTestBroker = (options?: TestBrokerOptions): Promise<TestBroker> =>
  TestBroker.start(options);
