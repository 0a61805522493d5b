import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';

import type { AwsClients } from '../../../aws/index.js';
import type { BrokerAttributes, BrokerQueues, BrokerTags } from '../broker.js';

const ALL = ['All'];

/** The queues of SQS in one region. The client is fetched at each call, because the first call builds it. */
export class SqsQueues implements BrokerQueues {
  constructor(private readonly aws: Pick<AwsClients, 'sqs'>) {}

  async urlOf(name: string, account?: string): Promise<string> {
    const { QueueUrl: url = '' } = await this.aws.sqs.send(
      new GetQueueUrlCommand({
        QueueName: name,
        ...(account !== undefined && { QueueOwnerAWSAccountId: account }),
      }),
    );
    return url;
  }

  async attributesOf(url: string, names: readonly string[] = ALL): Promise<BrokerAttributes> {
    const { Attributes: attributes = {} } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: [...names] as QueueAttributeName[],
      }),
    );
    return attributes;
  }

  async create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    const { QueueUrl: url = '' } = await this.aws.sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: attributes,
        ...(Object.keys(tags).length > 0 && { tags: { ...tags } }),
      }),
    );
    return url;
  }

  async setAttributes(url: string, attributes: BrokerAttributes): Promise<void> {
    await this.aws.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: url,
        Attributes: attributes,
      }),
    );
  }

  async tagsOf(url: string): Promise<BrokerTags> {
    const { Tags: tags = {} } = await this.aws.sqs.send(
      new ListQueueTagsCommand({ QueueUrl: url }),
    );
    return tags;
  }

  async tag(url: string, tags: BrokerTags): Promise<void> {
    await this.aws.sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { ...tags } }));
  }

  async delete(url: string): Promise<void> {
    await this.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  }

  async list(prefix: string, max: number): Promise<readonly string[]> {
    const { QueueUrls: urls = [] } = await this.aws.sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: max }),
    );
    return urls;
  }
}
