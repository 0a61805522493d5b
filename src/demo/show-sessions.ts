import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { isArn } from '../common/arn.js';
import { sessionsSettings } from '../features/sessions/index.js';
import type { DemoApi } from './demo.api.js';

const FEEDBACK = [
  { rating: 'up', comment: 'Great response!' },
  { rating: 'down', comment: 'The response was incomplete' },
  { rating: null, comment: 'Just saving for later' },
] as const;
const WAIT_MS = 20_000;

interface Notification {
  readonly Subject: string;
  readonly Message: string;
}

/** Feedback and metadata of one session, and their notifications. */
export class ShowSessions {
  private constructor(
    private readonly api: DemoApi,
    private readonly sessionId: string,
  ) {}

  static async create(api: DemoApi): Promise<ShowSessions> {
    const { session_id: id } = await api.http<{ session_id: string }>('POST', '/api/sessions', {
      session_id: `demo-${randomUUID()}`,
      application_name: 'weft-demo',
    });
    return new ShowSessions(api, id);
  }

  /** Stores one feedback of each rating and returns the resulting SNS messages, as a subscriber gets them. */
  async feedback(): Promise<readonly Notification[]> {
    const { sqs } = this.api.service.aws;
    const { QueueUrl: url = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `weft-demo-feedback-${randomUUID()}` }),
    );
    try {
      const topics = await this.#subscribe(url);
      for (const feedback of FEEDBACK)
        await this.api.http('POST', `${this.#path}/feedback`, feedback);
      const messages = await this.#receive(url, topics);
      const { total_feedbacks: stored } = await this.api.http<{ total_feedbacks: number }>(
        'GET',
        `${this.#path}/feedback/stats`,
      );
      if (stored !== FEEDBACK.length)
        throw new Error(`${stored} feedbacks are stored, ${FEEDBACK.length} were sent`);
      return messages;
    } finally {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    }
  }

  /** Changes metadata and returns the events that a browser's stream received. */
  async metadata(): Promise<readonly unknown[]> {
    const stop = new AbortController();
    const timeout = AbortSignal.any([stop.signal, AbortSignal.timeout(WAIT_MS)]);
    const stream = await this.api.stream(`${this.#path}/events`, timeout);
    await this.api.http('PATCH', `${this.#path}/metadata`, {
      status: 'processing',
      priority: 'high',
    });
    await this.api.http('DELETE', `${this.#path}/metadata?keys=priority`);
    const expected = [
      { type: 'metadata_update', data: { status: 'processing', priority: 'high' } },
      { type: 'metadata_update', data: { priority: null } },
    ];
    const events = await readEvents(stream, expected.length);
    stop.abort();
    if (JSON.stringify(events) !== JSON.stringify(expected)) {
      throw new Error(`The event stream received ${JSON.stringify(events)}`);
    }
    return events;
  }

  get #path(): string {
    return `/api/sessions/${this.sessionId}`;
  }

  async #subscribe(url: string): Promise<number> {
    const { sns, sqs } = this.api.service.aws;
    const { Attributes: attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const names = Object.values(
      sessionsSettings.of(this.api.service.settings).feedbackTopics,
    ).filter((name) => name !== 'none');
    for (const name of names) {
      const { TopicArn: arn = name } = isArn(name)
        ? {}
        : await sns.send(new CreateTopicCommand({ Name: name }));
      await sns.send(
        new SubscribeCommand({ TopicArn: arn, Protocol: 'sqs', Endpoint: attributes?.QueueArn }),
      );
    }
    return names.length;
  }

  async #receive(url: string, count: number): Promise<readonly Notification[]> {
    const found: Notification[] = [];
    const deadline = performance.now() + WAIT_MS;
    while (found.length < count) {
      if (performance.now() > deadline)
        throw new Error(`${found.length} of ${count} feedback messages came from SNS`);
      const { Messages: messages = [] } = await this.api.service.aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      found.push(...messages.map(({ Body: body = '{}' }) => JSON.parse(body) as Notification));
    }
    return found;
  }
}

/** The data of the first server-sent events of a stream. */
async function readEvents(
  stream: ReadableStream<Uint8Array>,
  count: number,
): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data:'));
      if (data !== undefined) events.push(JSON.parse(data.slice('data:'.length)));
    }
    if (events.length >= count) return events;
  }
  throw new Error(`The event stream ended after ${events.length} of ${count} events`);
}
