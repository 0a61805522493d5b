import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDeletedRecently,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type QueueAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Differences } from './differences.js';

export type QueueAttributes = Partial<Record<QueueAttributeName, string>>;

export interface ExistingQueue {
  readonly url: string;
  readonly arn: string;
  readonly attributes: QueueAttributes;
}

// SQS keeps a deleted queue's name for 60 s.
const DELETED_RECENTLY_ATTEMPTS = 35;
const DELETED_RECENTLY_PAUSE_MS = 2000;

/** Finds queues, and creates or changes them where the differences are to be mended. */
export class QueueProvisioner {
  constructor(
    private readonly sqs: SQSClient,
    private readonly differences: Differences,
  ) {}

  /** The queue as wanted, or undefined when it is missing and only looked at. */
  async ensure(name: string, wanted: QueueAttributes): Promise<ExistingQueue | undefined> {
    const found = await this.find(name);
    if (found) return this.#align(name, found, wanted);
    const created = await this.differences.mend(`queue ${name} does not exist`, () =>
      this.#create(name, wanted),
    );
    return created === undefined ? undefined : this.describe(created);
  }

  async find(name: string): Promise<ExistingQueue | undefined> {
    try {
      const { QueueUrl: url } = await this.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
      return url === undefined ? undefined : await this.describe(url);
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return undefined;
      throw error;
    }
  }

  async describe(url: string): Promise<ExistingQueue> {
    const { Attributes: attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return { url, arn: attributes.QueueArn ?? '', attributes };
  }

  async #align(
    name: string,
    queue: ExistingQueue,
    wanted: QueueAttributes,
  ): Promise<ExistingQueue> {
    const changes = Object.entries(wanted).filter(
      ([key, value]) => !sameValue(queue.attributes[key as QueueAttributeName], value),
    );
    for (const [key, value] of changes) {
      const is = queue.attributes[key as QueueAttributeName] ?? 'not set';
      await this.differences.mend(`queue ${name}: ${key} is ${is}, declared ${value}`, () =>
        this.sqs.send(
          new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { [key]: value } }),
        ),
      );
    }
    return queue;
  }

  async #create(name: string, attributes: QueueAttributes): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { QueueUrl: url } = await this.sqs.send(
          new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
        );
        return url ?? '';
      } catch (error) {
        if (!(error instanceof QueueDeletedRecently) || attempt === DELETED_RECENTLY_ATTEMPTS)
          throw error;
        await sleep(DELETED_RECENTLY_PAUSE_MS);
      }
    }
  }
}

/** Policies come back from AWS with other spacing and key order. */
function sameValue(is: string | undefined, wanted: string): boolean {
  if (is === wanted) return true;
  if (is === undefined || !wanted.startsWith('{')) return false;
  try {
    return canonical(JSON.parse(is)) === canonical(JSON.parse(wanted));
  } catch {
    return false;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}:${canonical(item)}`);
  return `{${entries.toSorted().join()}}`;
}
