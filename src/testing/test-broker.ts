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
 * Options of `startTestBroker`. A folder or credentials start the embedded stack too.
 *
 * @example
 * const broker = await startTestBroker({ embedded: true });
 */
export interface TestBrokerOptions extends EmbeddedAwsOptions {
  /**
   * Whether SNS and SQS come from the embedded stack, an independent implementation. It takes about 300 ms to start,
   * and needs the packages `fauxqs` and `dynalite`.
   *
   * @defaultValue false: a broker in memory, which servers and clients of this process reach without HTTP, and others
   * over HTTP. Only S3 and DynamoDB come from the embedded stack then, started by their first call
   */
  readonly embedded?: boolean;
  /** Clock for visibility timeouts, delays and long polls of the broker in memory. @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const DEFAULT_REGION = 'us-east-1';

/** Stops everything that a broker started. */
type Stop = () => Promise<void>;

/**
 * SNS, SQS and S3 for a test, with SDK clients and helpers to inspect them.
 *
 * @example
 * const broker = TestBroker.at({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' });
 * await broker.put('orders', JSON.stringify({ pattern: 'order.placed', data: { id: 7 } }));
 * await broker.stop();
 */
export class TestBroker {
  /** Clients of the test itself, which use no proxy. */
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
   * Starts in the memory of this process, or as the embedded stack. Callers sign with `test` and `test`, as with other
   * test engines, so that programs with credentials from a profile or the environment can reach it too.
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

  /** Uses an engine that is started and stopped elsewhere, such as LocalStack. */
  static at(options: AwsClientsOptions): TestBroker {
    return new TestBroker(options);
  }

  /** The embedded stack of this broker, for operations that AWS has no call for. @throws Error for another engine. */
  get embedded(): Pick<EmbeddedAws, 'createBucket'> {
    const { embedded, others } = this.parts;
    const found = embedded ?? others;
    if (!found) throw new Error('This broker is another engine, so it has no embedded stack');
    return found;
  }

  /** The option `aws` for a server or client under test. */
  clientOptions(): AwsClientsOptions {
    return this.options;
  }

  /**
   * Starts a fault-injecting proxy to this broker; stopped together with it.
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

  /** Ends open long polls if the engine supports it, so that closing a server need not wait for them. */
  endLongPolls(): void {
    this.parts.embedded?.endLongPolls();
    this.parts.memory?.broker.queues.endPolls();
  }

  /** Stops clients, proxies and the embedded stack; another engine keeps running. */
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
   * Sends a body directly to a queue, as a program without Weft would.
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
   * Waits for a message on a queue without a consumer. The message stays on the queue, invisible for its visibility
   * timeout.
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
   * @param timeoutMs milliseconds. @defaultValue 10 000
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
 * Starts SNS and SQS in the memory of this process: queues and topics for one test file, without Docker and AWS. Their
 * first call starts S3 and DynamoDB.
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
