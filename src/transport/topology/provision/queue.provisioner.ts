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
import type { Differences } from '../declare/differences.js';
import { isUrl } from '../declare/names.js';
import { differing, type QueueAttributes, type QueueSettings } from '../declare/queue-settings.js';
import { forCreation, inWords } from '../declare/settings.js';
import { missingTags } from '../declare/tags.js';
import {
  DEAD_LETTER_NOT_THERE_YET,
  DELETED_RECENTLY,
  isNamed,
  NOT_THERE_YET,
  waitOut,
} from './wait-out.js';

export interface ExistingQueue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: QueueAttributes;
}

/** SQS says so of a queue with other attributes than asked for. */
const NAME_TAKEN = /Queue(NameExists|AlreadyExists)$/;

/** Finds queues, and creates or changes them where the differences are to be mended. */
export class QueueProvisioner {
  constructor(
    private readonly sqs: SQSClient,
    private readonly region: string,
    private readonly differences: Differences,
  ) {}

  /** The queue as wanted, or undefined when it is missing and only looked at. */
  async ensure(wanted: QueueSettings): Promise<ExistingQueue | undefined> {
    const found = await this.find(wanted.name);
    if (found) return this.#bringUpToDate(found, wanted);
    return this.differences.mend([`queue ${wanted.name} does not exist`], () =>
      this.#create(wanted),
    );
  }

  /** A queue by name; undefined when there is none. */
  find(name: string): Promise<ExistingQueue | undefined> {
    return this.#ifThere(async () => {
      const { QueueUrl: url = '' } = await this.sqs.send(
        new GetQueueUrlCommand({ QueueName: name }),
      );
      return this.#describe(name, url);
    });
  }

  /** Somebody else's queue, by URL or ARN. Noted as a difference when it cannot be used. */
  async findForeign(address: string): Promise<ExistingQueue | undefined> {
    const arn = isUrl(address) ? undefined : parseArn(address, 'sqs');
    if (arn && arn.region !== this.region) {
      this.differences.note(
        `queue ${address} is in ${arn.region}, but this process receives in ${this.region}`,
      );
      return undefined;
    }
    const found = await this.#ifThere(async () => {
      const url = arn
        ? (
            await this.sqs.send(
              new GetQueueUrlCommand({
                QueueName: arn.name,
                QueueOwnerAWSAccountId: arn.account,
              }),
            )
          ).QueueUrl
        : address;
      return this.#describe(address, url ?? '');
    });
    if (!found) this.differences.note(`queue ${address} does not exist`);
    return found;
  }

  /** Sets what differs, all in one call: some attributes are taken only together. */
  async align(
    queue: ExistingQueue,
    wanted: QueueAttributes,
    further: readonly string[] = [],
  ): Promise<ExistingQueue> {
    const names = differing(queue.attributes, wanted);
    const changes = Object.fromEntries(names.map((name) => [name, wanted[name] ?? '']));
    const differences = [
      ...names
        .filter((name) => name !== 'Policy')
        .map((name) => inWords(name, queue.attributes, wanted)),
      ...further,
    ].map((difference) => `queue ${queue.name}: ${difference}`);
    const set = new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: changes });
    await this.differences.mend(differences, () =>
      waitOut(`The dead-letter queue of ${queue.name} is new`, DEAD_LETTER_NOT_THERE_YET, () =>
        this.sqs.send(set),
      ),
    );
    return { ...queue, attributes: { ...queue.attributes, ...changes } };
  }

  async #bringUpToDate(queue: ExistingQueue, wanted: QueueSettings): Promise<ExistingQueue> {
    if (Object.keys(wanted.tags).length > 0) {
      const { Tags: is = {} } = await this.sqs.send(
        new ListQueueTagsCommand({ QueueUrl: queue.url }),
      );
      const { differences, tags } = missingTags(is, wanted.tags);
      await this.differences.mend(
        differences.map((difference) => `queue ${queue.name}: ${difference}`),
        () => this.sqs.send(new TagQueueCommand({ QueueUrl: queue.url, Tags: { ...tags } })),
      );
    }
    return this.align(queue, wanted.attributes);
  }

  async #create(wanted: QueueSettings): Promise<ExistingQueue> {
    const { name, tags, attributes } = wanted;
    const create = new CreateQueueCommand({
      QueueName: name,
      Attributes: forCreation(attributes),
      ...(Object.keys(tags).length > 0 && { tags: { ...tags } }),
    });
    try {
      const { QueueUrl: url = '' } = await waitOut(
        `The queue ${name} was deleted less than a minute ago`,
        DELETED_RECENTLY,
        () => this.sqs.send(create),
      );
      return await waitOut(`The queue ${name} is new`, NOT_THERE_YET, () =>
        this.#describe(name, url),
      );
    } catch (error) {
      // Another process was faster, and declares it otherwise.
      const found = isNamed(error, NAME_TAKEN) ? await this.find(name) : undefined;
      if (!found) throw error;
      return this.#bringUpToDate(found, wanted);
    }
  }

  async #ifThere(look: () => Promise<ExistingQueue>): Promise<ExistingQueue | undefined> {
    try {
      return await look();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #describe(name: string, url: string): Promise<ExistingQueue> {
    const { Attributes: attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return { name, url, arn: attributes.QueueArn ?? '', attributes };
  }
}
