import type { AwsClients } from '../../../aws/index.js';
import type { Broker } from '../broker.js';
import { awsSend } from './aws.send.js';
import { SnsTopics } from './sns.topics.js';
import { sqsQueues } from './sqs.queue.js';
import { SqsQueues } from './sqs.queues.js';

/** The SDK clients of SQS and SNS; an `AwsClients` has them. */
export type BrokerClients = Pick<
  AwsClients,
  'region' | 'sns' | 'snsIn' | 'sqs' | 'sqsPolling' | 'sqsReplies'
>;

/** SQS and SNS. */
export class AwsBroker implements Broker {
  readonly openQueue: Broker['openQueue'];
  readonly send: Broker['send'];
  readonly queues: Broker['queues'];
  readonly topics: Broker['topics'];

  constructor(private readonly aws: BrokerClients) {
    this.openQueue = sqsQueues(aws);
    this.send = awsSend(aws);
    this.queues = new SqsQueues(aws);
    this.topics = new SnsTopics(aws);
  }

  get region(): string {
    return this.aws.region;
  }
}
