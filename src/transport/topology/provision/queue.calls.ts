import { parseQueueArn } from '../../../common/arn.js';
import type { BrokerQueues } from '../../broker/broker.js';
import { isNotFound } from '../../broker/broker.errors.js';
import { isUrl } from '../../../common/resource-names.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import type { QueueSettings } from '../declare/queue-settings.js';
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

/** SQS's error for a queue that exists with other attributes. */
const NAME_TAKEN = /Queue(NameExists|AlreadyExists)$/;

/** The hosts of SQS: of a region, of FIPS, dual stack and VPC endpoints. */
const HOST =
  /(?:^|\.)sqs(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** Calls to the broker about queues, each with its own retries. */
export class QueueCalls {
  constructor(
    private readonly queues: BrokerQueues,
    readonly region: string,
  ) {}

  /** A queue by name; undefined when there is none. */
  find(name: string): Promise<ExistingQueue | undefined> {
    return ifThere(async () => this.#describe(name, await this.queues.urlOf(name)));
  }

  /** Another owner's queue, by URL or ARN; undefined when there is none. */
  findForeign(address: string): Promise<ExistingQueue | undefined> {
    return ifThere(async () => {
      const url = isUrl(address) ? address : await this.#urlOf(address);
      return this.#describe(address, url);
    });
  }

  /** The region in a queue's URL or ARN, if there is one. */
  static regionOf(address: string): string | undefined {
    if (!isUrl(address)) return parseQueueArn(address)?.region;
    return URL.canParse(address)
      ? HOST.exec(new URL(address).hostname)?.groups?.['region']
      : undefined;
  }

  /** The URL of a queue; undefined when there is none. Needs fewer rights than reading its attributes. */
  findUrl(name: string, account?: string): Promise<string | undefined> {
    return ifThere(() => this.queues.urlOf(name, account));
  }

  tagsOf({ url }: ExistingQueue): Promise<Tags> {
    return this.queues.tagsOf(url);
  }

  tag({ url }: ExistingQueue, tags: Tags): Promise<void> {
    return this.queues.tag(url, tags);
  }

  /** Sets all in one call, because SQS accepts some attributes only together. */
  async set(queue: ExistingQueue, changes: QueueAttributes): Promise<ExistingQueue> {
    if (Object.keys(changes).length === 0) return queue;
    await retryUntilConsistent({ queue: queue.name }, DEAD_LETTER_NOT_THERE_YET, () =>
      this.queues.setAttributes(queue.url, changes),
    );
    return { ...queue, attributes: { ...queue.attributes, ...changes } };
  }

  /** Reads a queue again. */
  refresh({ name, url }: ExistingQueue): Promise<ExistingQueue> {
    return this.#describe(name, url);
  }

  /** @returns the queue, which another process may have created with other settings meanwhile. */
  async create({ name, tags, attributes }: QueueSettings): Promise<ExistingQueue> {
    const create = (): Promise<string> => this.queues.create(name, forCreation(attributes), tags);
    try {
      const url = await retryUntilConsistent({ queue: name }, DELETED_RECENTLY, () =>
        retryUntilConsistent({ queue: name }, DEAD_LETTER_NOT_THERE_YET, create),
      );
      return await retryUntilConsistent({ queue: name }, NOT_THERE_YET, () =>
        this.#describe(name, url),
      );
    } catch (error) {
      const found = isNamed(error, NAME_TAKEN) ? await this.find(name) : undefined;
      if (!found) throw error;
      return found;
    }
  }

  async #urlOf(address: string): Promise<string> {
    const { name = address, account } = parseQueueArn(address) ?? {};
    return this.queues.urlOf(name, account);
  }

  async #describe(name: string, url: string): Promise<ExistingQueue> {
    const attributes = (await this.queues.attributesOf(url)) as QueueAttributes;
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
