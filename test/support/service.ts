import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { SubscribeCommand, CreateTopicCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { bootstrap, type RunningService } from '../../src/app/bootstrap.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { CommandsClient } from '../../src/messaging/index.js';
import type { Settings } from '../../src/platform/config/index.js';
import { Command, type Result } from '../../src/protocol/index.js';
import { waitFor } from './wait.js';

/** The whole service over an embedded stack of its own, in memory, on a free port. */
export const startWholeService = async (
  env: NodeJS.ProcessEnv = {},
  change: (settings: Settings) => Settings = (settings) => settings,
): Promise<RunningService> =>
  bootstrap(
    change(
      loadServiceSettings({ WEFT_DATA_DIR: ':memory:', PORT: '0', LOG_LEVEL: 'silent', ...env }),
    ),
    { logger: false },
  );

/** How long a test waits for a Result: longer than a starved machine takes. */
export const ANSWER_MS = 90_000;

/** Sends a Command, as another program would, and waits for its Result. */
export async function resultOf(
  service: RunningService,
  fields: ConstructorParameters<typeof Command>[0],
): Promise<Result> {
  const command = new Command(fields);
  const result = await service.app.get(CommandsClient).request(command, ANSWER_MS);
  if (result === undefined) throw new Error(`No Result for ${command.type}.${command.action}`);
  return result;
}

/** The producers of a location, as soon as there is one: the edges of a step are written after it has ended. */
export const producersOf = (service: RunningService, location: string): Promise<unknown[]> =>
  waitFor(`a producer of ${location}`, async () => {
    const payload = { location };
    const { data } = await resultOf(service, { type: 'registry', action: 'get_lineage', payload });
    const found = Object(data)['producers'] as unknown[];
    return found.length > 0 && found;
  });

/** A bucket no other test uses. */
export async function makeContainer({ aws }: RunningService): Promise<string> {
  const Bucket = `test-${randomUUID().slice(0, 8)}`;
  await aws.s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

export interface Answer<T> {
  readonly status: number;
  readonly type: string;
  readonly body: T;
}

/** One HTTP request with a JSON body. */
export async function request<T = Record<string, unknown>>(
  service: RunningService,
  path: string,
  {
    body,
    headers,
    ...init
  }: Omit<RequestInit, 'body' | 'headers'> & {
    body?: unknown;
    headers?: Record<string, string>;
  } = {},
): Promise<Answer<T>> {
  const answer = await fetch(service.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    ...init,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  const parsed: unknown = type.includes('json') ? JSON.parse(text) : text;
  return { status: answer.status, type, body: parsed as T };
}

/** Queues as another program sees them: it writes to them, and listens to topics by queues of its own. */
export class OutsideWorld {
  constructor(private readonly service: RunningService) {}

  /** Sends a body straight to a queue. */
  async send(queue: string, body: string): Promise<void> {
    await this.service.aws.sqs.send(
      new SendMessageCommand({ QueueUrl: await this.#url(queue), MessageBody: body }),
    );
  }

  /** A queue that gets everything a topic carries from now on. */
  async listenTo(topic: string): Promise<Listener> {
    const { sns, sqs } = this.service.aws;
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: topic }));
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: `outside-${randomUUID().slice(0, 8)}` }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    return new Listener(this.service, QueueUrl ?? '');
  }

  /** The messages of a queue nobody consumes, such as a dead-letter queue. */
  async watch(queue: string): Promise<Listener> {
    return new Listener(this.service, await this.#url(queue));
  }

  async #url(queue: string): Promise<string> {
    const { QueueUrl } = await this.service.aws.sqs.send(
      new GetQueueUrlCommand({ QueueName: queue }),
    );
    return QueueUrl ?? '';
  }
}

export interface Heard {
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What has arrived at a queue, each message kept. */
export class Listener {
  readonly heard: Heard[] = [];

  constructor(
    private readonly service: RunningService,
    private readonly url: string,
  ) {}

  /** Waits for the first message that fits. */
  next(fits: (heard: Heard) => boolean = () => true): Promise<Heard> {
    return waitFor('a message', async () => {
      await this.receive();
      return this.heard.find(fits);
    });
  }

  /** Takes what is there now. */
  async receive(): Promise<readonly Heard[]> {
    const { sqs } = this.service.aws;
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    for (const message of messages) {
      this.heard.push(heardOf(message));
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: message.ReceiptHandle }),
      );
    }
    return this.heard;
  }
}

function heardOf({ Body: text = '', MessageAttributes = {} }: Message): Heard {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = {};
  }
  return {
    text,
    body: body as Record<string, unknown>,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']),
    ),
  };
}
