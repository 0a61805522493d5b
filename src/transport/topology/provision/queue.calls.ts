import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

import { isNotFound } from '../../../aws/index.js';
import { parseArn } from '../declare/arn.js';
import { isUrl } from '../declare/names.js';
import type { QueueAttributes, QueueSettings } from '../declare/queue-settings.js';
import { forCreation } from '../declare/settings.js';
import type { Tags } from '../declare/topology.js';
import {
  DEAD_LETTER_NOT_THERE_YET,
  DELETED_RECENTLY,
  isNamed,
  NOT_THERE_YET,
  retryUntilConsistent,
} from './retry-until-consistent.js';
import type { ExistingQueue } from './topology-state.js';

/** SQS says so of a queue with other attributes than asked for. */
const NAME_TAKEN = /Queue(NameExists|AlreadyExists)$/;

/** The hosts of SQS: of a region, of FIPS, dual stack and VPC endpoints. */
const HOST =
  /(?:^|\.)sqs(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** What is asked of SQS about queues, each with the patience it needs. */
export class QueueCalls {
  constructor(
    private readonly sqs: SQSClient,
    readonly region: string,
  ) {}

  /** A queue by name; undefined when there is none. */
  find(name: string): Promise<ExistingQueue | undefined> {
    return ifThere(async () => {
      const { QueueUrl: url = '' } = await this.sqs.send(
        new GetQueueUrlCommand({ QueueName: name }),
      );
      return this.#describe(name, url);
    });
  }

  /** Somebody else's queue, by URL or ARN; undefined when there is none. */
  findForeign(address: string): Promise<ExistingQueue | undefined> {
    return ifThere(async () => {
      const url = isUrl(address) ? address : await this.#urlOf(address);
      return this.#describe(address, url);
    });
  }

  /** The region a queue's URL or ARN names, if it names one. */
  static regionOf(address: string): string | undefined {
    if (!isUrl(address)) return parseArn(address, 'sqs')?.region;
    return URL.canParse(address)
      ? HOST.exec(new URL(address).hostname)?.groups?.['region']
      : undefined;
  }

  /** The URL of a queue; undefined when there is none. Needs fewer rights than looking at it. */
  findUrl(name: string, account?: string): Promise<string | undefined> {
    return ifThere(async () => {
      const { QueueUrl: url } = await this.sqs.send(
        new GetQueueUrlCommand({
          QueueName: name,
          ...(account !== undefined && { QueueOwnerAWSAccountId: account }),
        }),
      );
      return url;
    });
  }

  async tagsOf({ url }: ExistingQueue): Promise<Tags> {
    const { Tags: tags = {} } = await this.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    return tags;
  }

  async tag({ url }: ExistingQueue, tags: Tags): Promise<void> {
    await this.sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { ...tags } }));
  }

  /** Sets all in one call: some attributes are taken only together. */
  async set(queue: ExistingQueue, changes: QueueAttributes): Promise<ExistingQueue> {
    if (Object.keys(changes).length === 0) return queue;
    await retryUntilConsistent(
      `The dead-letter queue of ${queue.name} is new`,
      DEAD_LETTER_NOT_THERE_YET,
      () =>
        this.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: changes })),
    );
    return { ...queue, attributes: { ...queue.attributes, ...changes } };
  }

  /** Looks at a queue again. */
  refresh({ name, url }: ExistingQueue): Promise<ExistingQueue> {
    return this.#describe(name, url);
  }

  /** @returns the queue, which another process may have made otherwise meanwhile. */
  async create({ name, tags, attributes }: QueueSettings): Promise<ExistingQueue> {
    const create = new CreateQueueCommand({
      QueueName: name,
      Attributes: forCreation(attributes),
      ...(Object.keys(tags).length > 0 && { tags: { ...tags } }),
    });
    try {
      const { QueueUrl: url = '' } = await retryUntilConsistent(
        `The queue ${name} was deleted less than a minute ago`,
        DELETED_RECENTLY,
        () =>
          retryUntilConsistent(
            `The dead-letter queue of ${name} is new`,
            DEAD_LETTER_NOT_THERE_YET,
            () => this.sqs.send(create),
          ),
      );
      return await retryUntilConsistent(`The queue ${name} is new`, NOT_THERE_YET, () =>
        this.#describe(name, url),
      );
    } catch (error) {
      const found = isNamed(error, NAME_TAKEN) ? await this.find(name) : undefined;
      if (!found) throw error;
      return found;
    }
  }

  async #urlOf(address: string): Promise<string> {
    const { name, account } = parseArn(address, 'sqs') ?? {};
    const { QueueUrl: url = '' } = await this.sqs.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    return url;
  }

  async #describe(name: string, url: string): Promise<ExistingQueue> {
    const { Attributes: attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return { name, url, arn: attributes.QueueArn ?? '', attributes };
  }
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
